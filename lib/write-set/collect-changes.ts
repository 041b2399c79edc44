import { MappingError } from '../errors/mapping-error';
import { UsageError } from '../errors/usage-error';
import { keyId, type EntityKey } from '../model/entity-key';
import type { ColumnModel, EntityModel } from '../model/entity-model';
import { findChanged, refuseChangedKey } from '../tracking/dirty-check';
import { rowId, type IdentityMap } from '../tracking/identity-map';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { Assertion, Insert, LockStrength, Update, Write, WriteSet } from './change';
import { addRoots } from './add-roots';

/**
 * Compares everything that is tracked with its snapshots and says what must be written.
 *
 * @throws {UsageError} A change cannot be written as it stands; nothing has been sent then.
 */
export function collectChanges(
  map: IdentityMap,
  chosen: readonly TrackedEntity[] = map.all(),
): WriteSet {
  const own: Write[] = [];
  for (const tracked of chosen) {
    const write = writeOf(tracked);
    if (write) own.push(write);
  }
  refuseSecondWriters(map, own);
  const { writes, unreadRoots } = addRoots(map, own);
  return { writes, assertions: assertionsOf(chosen, writes), unreadRoots };
}

/** What is written and checked is asserted by that. */
function assertionsOf(chosen: readonly TrackedEntity[], writes: readonly Write[]): Assertion[] {
  const asserted = chosen.filter(({ assertion, state }) => assertion && state !== 'new');
  if (asserted.length === 0) return [];
  const checked = new Set(writes.filter(isChecked).map(({ tracked }) => tracked));
  return asserted.flatMap((tracked) => {
    const { assertion } = tracked;
    return assertion && !checked.has(tracked) ? [assertionOf(tracked, assertion, 'share')] : [];
  });
}

/** A write of unversioned columns alone compares nothing. */
function isChecked(write: Write): boolean {
  return write.operation !== 'insert' && write.expected !== null;
}

/** A row to be locked and compared without being written. */
export function assertionOf(
  tracked: TrackedEntity,
  operation: Assertion['operation'],
  strength: LockStrength,
): Assertion {
  const expected = tracked.version ?? null;
  return { operation, strength, tracked, key: keyOfRow(tracked), expected };
}

function writeOf(tracked: TrackedEntity): Write | undefined {
  if (tracked.state === 'new') return insertOf(tracked);
  if (tracked.state === 'removed') {
    refuseReadOnly(tracked);
    refuseChangedKey(tracked);
    const expected = tracked.version ?? null;
    return { operation: 'delete', tracked, key: keyOfRow(tracked), expected };
  }
  return updateOf(tracked);
}

const none: readonly ColumnModel[] = [];

function updateOf(tracked: TrackedEntity): Update | undefined {
  const changed = findChanged(tracked);
  // Moved once, a version is moved for everybody else: they see the row when the unit has ended.
  const isForced = tracked.forcesIncrement && !tracked.hasMoved;
  const added = tracked.increments ? [...tracked.increments.keys()] : none;
  const columns = added.length > 0 ? [...changed.columns, ...added] : changed.columns;
  if (columns.length === 0 && !isForced) return undefined;
  refuseReadOnly(tracked);
  const isUnversioned = !isForced && columns.every((column) => column.isUnversioned);
  // Additions commute: whoever changed the row meanwhile has taken nothing away from them.
  const isChecked = isForced || changed.columns.some((column) => !column.isUnversioned);
  const version = isUnversioned ? null : (tracked.version ?? null);
  return {
    operation: 'update',
    tracked,
    key: keyOfRow(tracked),
    expected: isChecked ? version : null,
    moves: version !== null && !tracked.hasMoved,
    columns,
    values: tracked.increments
      ? [...changed.values, ...amountsOf(tracked.increments)]
      : changed.values,
    added,
  };
}

function amountsOf(increments: NonNullable<TrackedEntity['increments']>): unknown[] {
  return [...increments.values()].map(({ by }) => by);
}

function insertOf(tracked: TrackedEntity): Insert {
  refuseReadOnly(tracked);
  const { model, entity } = tracked;
  const parents = unsavedParents(tracked);
  const columns = model.columns.filter(
    (column) =>
      column.isInsertable &&
      (parents.has(column) ||
        column === model.version ||
        column.constant !== undefined ||
        column.generate !== undefined ||
        isProvided(column, entity)),
  );
  const missing = model.key.find((key) => !key.isFilledOnInsert && !columns.includes(key));
  if (missing) {
    throw new UsageError(
      `a new ${model.entityName} has no ${missing.propertyPath}: its key is not generated, so it must be assigned`,
    );
  }
  return { operation: 'insert', tracked, columns };
}

/** A generated key of null asks for a new one, as `undefined` does. */
function isProvided(column: ColumnModel, entity: object): boolean {
  const value = column.read(entity);
  return column.isKey ? value !== undefined && value !== null : value !== undefined;
}

const nobody: ReadonlySet<ColumnModel> = new Set();

/** Foreign-key columns whose value is known only after another row of the unit is inserted. */
function unsavedParents({ model, entity }: TrackedEntity): ReadonlySet<ColumnModel> {
  if (model.references.length === 0) return nobody;
  const columns = model.references
    .filter((reference) => reference.related(entity) !== undefined)
    .flatMap((reference) => reference.columns);
  return new Set(columns);
}

function keyOfRow({ model, key }: TrackedEntity): EntityKey {
  if (key === undefined) throw new MappingError(`${model.entityName} was tracked without a key`);
  return key;
}

/** @throws {UsageError | MappingError} The row can be read and not written. */
export function refuseReadOnly({ model, key, readOnlyReason }: TrackedEntity): void {
  refuseUnwritable(model);
  if (readOnlyReason === undefined) return;
  const row = key === undefined ? '' : `(${keyId(key)})`;
  throw new UsageError(`${model.entityName}${row} cannot be written: ${readOnlyReason}`);
}

/** @throws {MappingError} No row of the entity can be written. */
export function refuseUnwritable({ entityName, readOnlyReason }: EntityModel): void {
  if (readOnlyReason === undefined) return;
  throw new MappingError(`${entityName} cannot be written: ${readOnlyReason}`);
}

function refuseSecondWriters(map: IdentityMap, writes: readonly Write[]): void {
  const written = new Set<string>();
  for (const { tracked } of writes) {
    const { model, key } = tracked;
    if (key === undefined || !map.hasSeveral(tracked)) continue;
    const id = rowId(model, key);
    if (written.has(id)) {
      throw new UsageError(
        `two instances of ${model.entityName}(${keyId(key)}) were changed in one unit; ` +
          'change the one that the unit returned first',
      );
    }
    written.add(id);
  }
}
