import { UsageError } from '../errors/usage-error';

const transactionControl =
  /^\s*(?:abort|begin|commit|end|prepare\s+transaction|release|rollback|savepoint|start\s+transaction)\b/i;

/** @throws {UsageError} The statement would end the transaction beneath the unit. */
export function refuseTransactionControl(sql: string): void {
  if (!transactionControl.test(sql)) return;
  throw new UsageError('a unit of work begins, commits and rolls back its transaction itself');
}
