import { UsageError } from '../errors/usage-error';

/**
 * @param isHosted Whether the unit is in the transaction of its caller.
 * @throws {UsageError} It is no function, or nobody tells the unit when that transaction is committed.
 */
export function checkAfterCommit(callback: () => unknown, isHosted: boolean): () => unknown {
  if (typeof callback !== 'function') throw new UsageError('afterCommit() takes a function');
  if (!isHosted) return callback;
  throw new UsageError('afterCommit() needs a unit that commits: this one is in your transaction');
}
