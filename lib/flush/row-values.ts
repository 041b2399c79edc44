import { UsageError } from '../errors/usage-error';
import type { ColumnModel } from '../model/entity-model';
import { firstVersion } from '../model/row-version';
import type { Insert, Update } from '../write-set/change';

/** The values of a row to be inserted, in the order of its columns. Keys of new parents exist by now. */
export function insertValues({ tracked, columns }: Insert): unknown[] {
  const { model, entity } = tracked;
  return columns.map((column) => {
    if (column.constant !== undefined) return column.constant;
    if (column === model.version) return firstVersion;
    const value = column.read(entity);
    if (value !== undefined && !(column.isKey && value === null)) return value;
    if (column.generate) return column.generate();
    throw unsavedParent(model.entityName, column);
  });
}

/** The values of a row to be changed, in the order of its columns. */
export function updateValues({ tracked, columns, values }: Update): readonly unknown[] {
  if (!values.includes(undefined)) return values;
  return columns.map((column, i) => {
    const value = values[i] === undefined ? column.read(tracked.entity) : values[i];
    if (value === undefined) throw unsavedParent(tracked.model.entityName, column);
    return value;
  });
}

function unsavedParent(entityName: string, column: ColumnModel): UsageError {
  return new UsageError(
    `${entityName}.${column.propertyPath} points to an object that is not saved: add() it to the unit`,
  );
}
