import { UnitOfWorkError } from './unit-of-work-error';

/** A wrong call, reported where it was made or at the flush. Never replayed. */
export class UsageError extends UnitOfWorkError {
  override readonly name = 'UsageError';
  readonly code = 'UNIT_OF_WORK_USAGE';
}
