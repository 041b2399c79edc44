import type { DataSource } from 'typeorm';
import type { WriteGuard } from '../adapter/guard-writes';
import { UsageError } from '../errors/usage-error';
import { checkAtLeast } from '../replay/check-number';
import type { RetryBudget } from '../replay/retry-budget';
import { checkOptions, optionNames, type UnitOfWorkOptions } from './options';

/** How replays that lost the same row stand in line. */
export interface ReplayQueueOptions {
  /** How many replays may wait for one row; one more is refused with its last error. Default 1,000. */
  readonly maxWaiting?: number | undefined;
}

/** What all units of a data source have unless they say otherwise, and what they share. */
export interface UnitOfWorkDefaults extends UnitOfWorkOptions {
  /** What all units may spend on replays together. Default `tokenBudget()`. */
  readonly budget?: RetryBudget | undefined;
  /** `false`: replays do not line up but go at once. */
  readonly replayQueue?: ReplayQueueOptions | false | undefined;
  /**
   * Where every attempt after the first is made: a data source of one server of the same cluster, with
   * the same entities, that all processes name. Where row locks end at a server, replays that meet on one
   * are bounded by its locks. It must be initialized. Default: where the unit was begun.
   */
  readonly writer?: DataSource | undefined;
  /**
   * Repositories, active records and the manager of the data source work in the unit that is open where
   * they are called, whenever they were made. Default `false`.
   */
  readonly ambient?: boolean | undefined;
  /** What becomes of a `save`, `update`, `upsert` or `remove` of a versioned entity outside any unit. Default `'off'`. */
  readonly guard?: WriteGuard | undefined;
}

const own = ['budget', 'replayQueue', 'writer', 'ambient', 'guard'];
const guards: readonly unknown[] = [undefined, 'off', 'warn', 'error'];

/** More than can ever wait for one pool; a longer line would cost more than it saves. */
export const usualMaxWaiting = 1_000;

/**
 * Refuses what is no option of a data source or no value of one.
 *
 * @throws {UsageError} Naming the option.
 */
export function checkDefaults(options: UnitOfWorkDefaults): UnitOfWorkDefaults {
  checkOptions(options, [...optionNames, ...own]);
  const { budget, replayQueue, exactlyOnce, ambient, guard } = options;
  if (ambient !== undefined && typeof ambient !== 'boolean') {
    throw new UsageError('ambient must be true or false');
  }
  if (!guards.includes(guard)) throw new UsageError("guard must be 'off', 'warn' or 'error'");
  if (typeof exactlyOnce === 'object') {
    throw new UsageError('a key of exactlyOnce belongs to one unit, not to a data source');
  }
  const isBudget = typeof budget?.tryTake === 'function' && typeof budget.onCommit === 'function';
  if (budget !== undefined && !isBudget) {
    throw new UsageError('budget must be a retry budget, with tryTake() and onCommit()');
  }
  if (replayQueue === undefined || replayQueue === false) return options;
  if (typeof replayQueue !== 'object' || replayQueue === null) {
    throw new UsageError('replayQueue must be false or an object of queue options');
  }
  const unknown = Object.keys(replayQueue).filter((name) => name !== 'maxWaiting');
  if (unknown.length > 0) throw new UsageError(`unknown queue option: ${unknown.join(', ')}`);
  checkAtLeast(0, 'maxWaiting', replayQueue.maxWaiting ?? usualMaxWaiting);
  return options;
}
