import { UsageError } from '../errors/usage-error';
import type { ColumnModel } from '../model/entity-model';
import { isAmount, sumOf, type Increment } from '../model/increment';
import type { TrackedEntity } from './tracked-entity';

/**
 * Remembers that an amount is to be added to a column; amounts of one column add up.
 *
 * @throws {UsageError} The column is not numeric or cannot be changed, or an amount is no number of it.
 */
export function addIncrement(tracked: TrackedEntity, path: string, given: Increment): void {
  const { model, state } = tracked;
  const name = `${model.entityName}.${path}`;
  const column = model.columns.find(({ propertyPath }) => propertyPath === path);
  const isFixed = !column?.isUpdatable || column.isKey || column === model.version;
  if (!column || isFixed) throw new UsageError(`${name} is no column that can be incremented`);
  if (!column.isAddable) {
    throw new UsageError(
      `${name} is no plain number, so nothing can be added to it by the database`,
    );
  }
  if (state === 'new' || state === 'removed') {
    const reason = state === 'new' ? 'is not inserted yet: assign the value' : 'is removed';
    throw new UsageError(`${name} cannot be incremented: its row ${reason}`);
  }
  const checked = checkIncrement(name, column, given);
  const known = tracked.increments?.get(column);
  tracked.increments ??= new Map();
  tracked.increments.set(column, known ? sumOf(column.kind, known, checked) : checked);
}

function checkIncrement(name: string, column: ColumnModel, given: Increment): Increment {
  for (const [option, value] of Object.entries(given)) {
    if (option !== 'by' && value === undefined) continue;
    if (!['by', 'min', 'max'].includes(option) || !isAmount(column.kind, value)) {
      throw new UsageError(`${option} of the increment of ${name} is not a number of its column`);
    }
  }
  return given;
}
