import { UnitOfWorkError } from './unit-of-work-error';

/**
 * COMMIT was sent and its answer never came: the changes may be stored or not.
 *
 * Never replayed, because a replay could apply them twice.
 */
export class CommitOutcomeUnknownError extends UnitOfWorkError {
  override readonly name = 'CommitOutcomeUnknownError';
  readonly code = 'UNIT_OF_WORK_COMMIT_UNKNOWN';
}
