import type { Target } from '../../peers/peer';
import type { StatementCounter } from './statement-counter';

export const policyNames = [
  'for-update',
  'for-update-typeorm',
  'serializable',
  'jitter',
  'default',
  'naive',
] as const;
export type PolicyName = (typeof policyNames)[number];

/** What became of one unit. */
export interface UnitOutcome {
  /** The first run is attempt 1. */
  readonly attempts: number;
  /** What its user was told; absent if it is committed. */
  readonly refusedBy?: string | undefined;
}

/** One way to add one to the balance of some accounts, all or none, while others do so too. */
export interface Policy {
  /**
   * Changes the accounts one after the other, in this order.
   *
   * @throws What is no matter of contention.
   */
  runUnit(keys: readonly number[]): Promise<UnitOutcome>;
  close(): Promise<void>;
}

export type OpenPolicy = (
  target: Target,
  connections: number,
  counter: StatementCounter,
) => Policy | Promise<Policy>;
