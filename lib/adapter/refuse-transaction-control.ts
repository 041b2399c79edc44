import type { Dialect } from '../dialect/dialect';
import { UsageError } from '../errors/usage-error';

/** @throws {UsageError} The statement would end the transaction beneath the unit. */
export function refuseTransactionControl(dialect: Dialect, sql: string): void {
  if (!dialect.controlsTransaction(sql)) return;
  throw new UsageError(
    'a unit of work begins, commits and rolls back its transaction itself, and this statement would end it: ' +
      'run it on the data source, outside of the unit',
  );
}

/** What is said of a statement that has ended the transaction all the same. */
export function endedTransaction(): UsageError {
  return new UsageError(
    'a statement has ended the transaction of the unit of work: what the unit had written before it may be ' +
      'stored, and cannot be rolled back',
  );
}
