import { UnitOfWorkError } from './unit-of-work-error';

/** What is wrong in an entity's mapping, reported when the entity is first used. Never replayed. */
export class MappingError extends UnitOfWorkError {
  override readonly name = 'MappingError';
  readonly code = 'UNIT_OF_WORK_MAPPING';
}
