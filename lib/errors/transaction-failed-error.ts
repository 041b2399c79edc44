import { UnitOfWorkError } from './unit-of-work-error';

/**
 * An earlier statement of the unit failed and its error was swallowed, or COMMIT answered ROLLBACK.
 *
 * Nothing was stored; `cause` is the first error.
 */
export class TransactionFailedError extends UnitOfWorkError {
  override readonly name = 'TransactionFailedError';
  readonly code = 'UNIT_OF_WORK_TRANSACTION_FAILED';
}
