import { UnitOfWorkError } from './unit-of-work-error';

/** Something touched a unit of work after it had ended. */
export class UnitClosedError extends UnitOfWorkError {
  override readonly name = 'UnitClosedError';
  readonly code = 'UNIT_OF_WORK_CLOSED';
}
