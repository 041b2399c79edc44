import type { EntityKey } from '../model/entity-key';
import { UnitOfWorkError } from './unit-of-work-error';

/**
 * An increment would have led a column beyond its `min` or `max`. Nothing is stored.
 *
 * No conflict, and never replayed: the row was reached, and its value does not allow it.
 */
export class BoundError extends UnitOfWorkError {
  override readonly name = 'BoundError';
  readonly code = 'UNIT_OF_WORK_BOUND';

  constructor(
    readonly entityName: string,
    readonly key: EntityKey,
    /** The property of the column. */
    readonly propertyPath: string,
    readonly bound: 'min' | 'max',
  ) {
    super(`${entityName}(${key.join(', ')}).${propertyPath} would be beyond its ${bound}imum`);
  }
}
