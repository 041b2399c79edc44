import { UnitOfWorkError } from './unit-of-work-error';

/**
 * A unit of work with the same `exactlyOnce` key was committed before. Nothing was done this time.
 *
 * Mostly that is good news: the request came twice, and was carried out the first time.
 */
export class AlreadyAppliedError extends UnitOfWorkError {
  override readonly name = 'AlreadyAppliedError';
  readonly code = 'UNIT_OF_WORK_ALREADY_APPLIED';

  constructor(
    /** The key, as it was given. */
    readonly key: string,
  ) {
    super(`a unit of work with the key ${JSON.stringify(key)} was committed before`);
  }
}
