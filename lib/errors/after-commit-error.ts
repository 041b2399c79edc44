import { UnitOfWorkError } from './unit-of-work-error';

/**
 * The changes are stored; what ran after the commit failed. Never replayed.
 *
 * `result` is what the unit returned, `errors` holds every failure, the first one is also `cause`.
 */
export class AfterCommitError extends UnitOfWorkError {
  override readonly name = 'AfterCommitError';
  readonly code = 'UNIT_OF_WORK_AFTER_COMMIT';
  readonly result: unknown;
  readonly errors: readonly unknown[];

  constructor(result: unknown, errors: readonly unknown[]) {
    super('The unit of work is committed, but what was to run after it failed', {
      cause: errors[0],
    });
    this.result = result;
    this.errors = errors;
  }
}
