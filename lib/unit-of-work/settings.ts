import type { EntityManager } from 'typeorm';
import type { IsolationLevel } from '../dialect/dialect';
import { retryPolicyOf } from '../replay/retry-options';
import type { RetryBudget } from '../replay/retry-budget';
import type { RetryPolicy } from '../replay/retry-policy';
import { usualMaxWaiting, type UnitOfWorkDefaults } from './defaults';
import { checkOptions, isolationLevels, type ExactlyOnce, type UnitOfWorkOptions } from './options';

/** How one unit is run, everything said. */
export interface UnitOfWorkSettings {
  readonly name: string | undefined;
  readonly policy: RetryPolicy;
  readonly isolation: IsolationLevel;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly exactlyOnce: ExactlyOnce;
  readonly onBegin: ((manager: EntityManager) => Promise<void>) | undefined;
  /** Missing: the one that the data source has anyway. */
  readonly budget: RetryBudget | undefined;
  /** How many replays may wait for one row; `undefined`: they do not line up. */
  readonly maxWaiting: number | undefined;
}

/** Lays the options of a call over the defaults of its data source. */
export function settingsOf(
  options: UnitOfWorkOptions,
  defaults: UnitOfWorkDefaults,
  dataSourceLevel: unknown,
): UnitOfWorkSettings {
  const given = checkOptions(options);
  const { budget, replayQueue } = defaults;
  return {
    name: given.name ?? defaults.name,
    policy: retryPolicyOf(given.retry ?? defaults.retry),
    isolation: given.isolation ?? defaults.isolation ?? levelOf(dataSourceLevel),
    signal: given.signal ?? defaults.signal,
    timeoutMs: given.timeoutMs ?? defaults.timeoutMs,
    exactlyOnce: given.exactlyOnce ?? defaults.exactlyOnce ?? false,
    onBegin: given.onBegin ?? defaults.onBegin,
    budget,
    maxWaiting: replayQueue === false ? undefined : (replayQueue?.maxWaiting ?? usualMaxWaiting),
  };
}

/** READ UNCOMMITTED counts as READ COMMITTED: what is not committed has no version yet. */
function levelOf(level: unknown): IsolationLevel {
  return (isolationLevels as readonly unknown[]).includes(level)
    ? (level as IsolationLevel)
    : 'READ COMMITTED';
}
