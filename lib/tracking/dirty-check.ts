import { UsageError } from '../errors/usage-error';
import { keyId } from '../model/entity-key';
import type { ColumnModel } from '../model/entity-model';
import { fingerprint, sameFingerprint } from '../model/fingerprint';
import type { TrackedEntity } from './tracked-entity';

/** The columns whose values differ from what the database holds, and the values to be sent. */
export interface Changed {
  readonly columns: readonly ColumnModel[];
  readonly values: readonly unknown[];
}

const nothing: Changed = { columns: [], values: [] };

/**
 * Compares an entity with its snapshot.
 *
 * What was not loaded and not set is not compared. Columns that an UPDATE may not write are left
 * alone, as TypeORM does, but for the key and the row version.
 *
 * @throws {UsageError} The key or the row version was assigned.
 */
export function findChanged(tracked: TrackedEntity): Changed {
  let changed: { columns: ColumnModel[]; values: unknown[] } | undefined;
  const unsaved = unsavedReferences(tracked);
  for (const column of tracked.model.columns) {
    const value = valueNow(tracked, column);
    if (value === undefined && !unsaved.has(column)) continue;
    const kept = tracked.snapshot[column.index];
    const isSame =
      sameFingerprint(fingerprint(value), kept) || column.holds?.(tracked.entity, kept) === true;
    if (isSame && !unsaved.has(column)) continue;
    if (tracked.increments?.has(column)) throw wasAssignedToo(tracked, column);
    if (column.isKey) throw keyWasChanged(tracked, column);
    if (column === tracked.model.version) throw versionWasAssigned(tracked, column);
    if (!column.isUpdatable) continue;
    if (changed) {
      changed.columns.push(column);
      changed.values.push(value);
    } else {
      // An array that grows from nothing makes room for seventeen.
      changed = { columns: [column], values: [value] };
    }
  }
  return changed ?? nothing;
}

/** @throws {UsageError} The key was assigned: it is not sure any more which row is meant. */
export function refuseChangedKey(tracked: TrackedEntity): void {
  const { model, entity, snapshot } = tracked;
  for (const column of model.key) {
    const [value, known] = [column.read(entity), snapshot[column.index]];
    const isCleared = value === undefined || value === null;
    if (isCleared || known === undefined || sameFingerprint(fingerprint(value), known)) continue;
    throw keyWasChanged(tracked, column);
  }
}

/** Of a relation and the property of its foreign key, the one that was assigned. */
function valueNow({ model, entity, snapshot }: TrackedEntity, column: ColumnModel): unknown {
  if (!column.readBoth) return column.read(entity);
  const known = snapshot[column.index];
  const assigned = column
    .readBoth(entity)
    .filter((value) => value !== undefined && !sameFingerprint(fingerprint(value), known));
  if (assigned.length === 0) return column.read(entity) === undefined ? undefined : known;
  const [first, second = first] = assigned;
  if (sameFingerprint(fingerprint(first), fingerprint(second))) return first;
  throw new UsageError(
    `${model.entityName}.${column.propertyPath} and its relation were assigned different values`,
  );
}

const none: ReadonlySet<ColumnModel> = new Set();

/** Foreign keys that point to an object whose own key is still missing: it is inserted first. */
function unsavedReferences({ model, entity }: TrackedEntity): ReadonlySet<ColumnModel> {
  if (model.references.length === 0) return none;
  const pending = model.references.filter((reference) => reference.related(entity) !== undefined);
  return new Set(
    pending.flatMap(({ columns }) => columns.filter((c) => c.read(entity) === undefined)),
  );
}

function wasAssignedToo({ model, key }: TrackedEntity, column: ColumnModel): UsageError {
  return new UsageError(
    `${model.entityName}(${keyId(key ?? [])}).${column.propertyPath} was both assigned and incremented: ` +
      'flush() between the two, or do one of them',
  );
}

function keyWasChanged({ model, key }: TrackedEntity, column: ColumnModel): UsageError {
  return new UsageError(
    `the key of ${model.entityName}(${keyId(key ?? [])}) was changed: ${column.propertyPath} ` +
      'identifies the row; remove the entity and add another one instead',
  );
}

function versionWasAssigned({ model, key, version }: TrackedEntity, column: ColumnModel) {
  return new UsageError(
    `the row version of ${model.entityName}(${keyId(key ?? [])}) was assigned: ${column.propertyPath} ` +
      `was loaded as ${String(version)} and is moved by the unit alone; ` +
      'to compare a version from a form or an If-Match header, call expectVersion(entity, version)',
  );
}
