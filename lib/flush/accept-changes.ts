import type { Row } from '../dialect/statement';
import { BoundError } from '../errors/bound-error';
import { UsageError } from '../errors/usage-error';
import { keyId } from '../model/entity-key';
import { keyOf, type ColumnModel } from '../model/entity-model';
import { fingerprint } from '../model/fingerprint';
import { brokenBound } from '../model/increment';
import { firstVersion, type RowVersion } from '../model/row-version';
import { rowId, type IdentityMap } from '../tracking/identity-map';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { Batch } from '../write-set/batch';
import type { Insert, Update } from '../write-set/change';

/** What takes back, last first, what was taken over. */
type Undo = (() => void)[];

/** Where what was written is taken over. */
export interface Acceptance {
  readonly map: IdentityMap;
  /** Missing if it is committed already. */
  readonly undo: Undo | undefined;
}

/** What one row was sent and what the database answered to it. */
export interface AcceptedRow<W> {
  readonly change: W;
  readonly values: readonly unknown[];
  /** `a0`, `a1`, … for the answered columns of the batch, once it has come. */
  answer: Row | undefined;
}

/** Takes over keys, version and computed values of an inserted row. */
export function acceptInsert(
  { map, undo }: Acceptance,
  { answered }: Batch,
  { change, values, answer }: AcceptedRow<Insert>,
): void {
  const { tracked } = change;
  const { model, entity } = tracked;
  if (undo) {
    const takeBack = rememberTracking(tracked);
    undo.push(() => {
      map.delete(tracked);
      takeBack();
      map.add(tracked);
    });
  }
  change.columns.forEach((column, i) => {
    if (column === model.version || column.generate || column.readBoth)
      writeColumn(tracked, column, values[i], undo);
    tracked.snapshot[column.index] = fingerprint(values[i]);
  });
  writeAnswers(tracked, answered, answer, undo);
  acceptNulls(tracked, undo);
  // Whoever joins from now on joins a row that had no members.
  const none = model.collections.map((collection) => [collection, []] as const);
  if (none.length > 0) tracked.collections = new Map([...none, ...(tracked.collections ?? [])]);
  tracked.state = 'managed';
  tracked.key = keyOf(model, entity);
  tracked.version = model.version && firstVersion;
  tracked.forcesIncrement = false;
  tracked.hasMoved = true;
  map.enter(tracked);
  noteLink({ map, undo }, tracked, { isDeleted: false });
}

/** What was not sent is NULL now, but for the foreign keys of a circle: a second step sets them. */
function acceptNulls(tracked: TrackedEntity, undo: Undo | undefined): void {
  const { model, entity } = tracked;
  const later = model.references.filter(({ related }) => related(entity));
  const isSetLater = (column: ColumnModel) => later.some(({ columns }) => columns.includes(column));
  for (const column of model.columns) {
    const isOmitted = column.isNullWhenOmitted && column.read(entity) === undefined;
    if (isOmitted && !isSetLater(column)) writeColumn(tracked, column, null, undo);
  }
  for (const { columns, isNullable } of model.references) {
    if (!isNullable) continue;
    for (const { index } of columns) tracked.snapshot[index] ??= null;
  }
}

/** The other side of a many-to-many may say the same later, and must not send it again. */
function noteLink(
  { map: { unlinked }, undo }: Acceptance,
  { model, key }: TrackedEntity,
  { isDeleted }: { readonly isDeleted: boolean },
): void {
  if (!model.isLink || !key) return;
  const id = rowId(model, key);
  const set = (is: boolean) => (is ? unlinked.add(id) : unlinked.delete(id));
  const was = unlinked.has(id);
  set(isDeleted);
  undo?.push(() => void set(was));
}

/** Takes over version and computed values of a changed row. */
export function acceptUpdate(
  { map, undo }: Acceptance,
  { answered, isChecked, isMoving }: Batch,
  { change, values, answer }: AcceptedRow<Update>,
  version: RowVersion,
): void {
  const { tracked } = change;
  undo?.push(rememberTracking(tracked));
  change.columns.forEach((column, i) => {
    // Of what was added the answer says what it made.
    if (change.added.includes(column)) return;
    if (column.readBoth) writeColumn(tracked, column, values[i], undo);
    tracked.snapshot[column.index] = fingerprint(values[i]);
  });
  writeAnswers(tracked, answered, answer, undo);
  refuseBeyondBounds(tracked);
  const { version: versionColumn } = tracked.model;
  // A version that was not compared and has jumped must not make the rest of the entity look fresh.
  const isOurs = isChecked || version === (tracked.version ?? NaN) + 1;
  const aliases = isMoving && isOurs ? map.aliasesOf(tracked) : undefined;
  for (const alias of aliases ?? []) moveAlias(alias, version, undo);
  if (isMoving && isOurs && versionColumn) {
    writeColumn(tracked, versionColumn, version, undo);
    tracked.version = version;
  }
  // A version that has jumped is still to be compared: whoever uses the row later is in conflict.
  tracked.hasMoved ||= isMoving && (isOurs || tracked.version === undefined);
  tracked.forcesIncrement = false;
}

/**
 * @throws {BoundError} What was added has led a column beyond its bounds.
 * @throws {UsageError} It was added to NULL, which it still is.
 */
function refuseBeyondBounds(tracked: TrackedEntity): void {
  const { model, entity, key, increments } = tracked;
  tracked.increments = undefined;
  for (const [column, increment] of increments ?? []) {
    const value = column.read(entity);
    if (value === null || value === undefined) {
      const name = `${model.entityName}(${keyId(key ?? [])}).${column.propertyPath}`;
      throw new UsageError(`${name} is NULL: nothing can be added to it`);
    }
    const bound = brokenBound(value, increment);
    if (bound) throw new BoundError(model.entityName, key ?? [], column.propertyPath, bound);
  }
}

/** Another instance of the row has moved with it, if it had been read at the same version. */
function moveAlias(alias: TrackedEntity, version: RowVersion, undo: Undo | undefined): void {
  const { version: column } = alias.model;
  if (!column || alias.version !== version - 1) return;
  undo?.push(rememberTracking(alias));
  writeColumn(alias, column, version, undo);
  Object.assign(alias, { version, hasMoved: true });
}

/** Forgets a deleted row. */
export function acceptDelete({ map, undo }: Acceptance, tracked: TrackedEntity): void {
  map.delete(tracked);
  undo?.push(() => map.add(tracked));
  noteLink({ map, undo }, tracked, { isDeleted: true });
}

function rememberTracking(tracked: TrackedEntity): () => void {
  const { state, key, version, forcesIncrement, hasMoved, increments } = tracked;
  const snapshot = [...tracked.snapshot];
  const known = { state, key, version, forcesIncrement, hasMoved, increments, snapshot };
  return () => void Object.assign(tracked, known);
}

/** Writes a value of the database into an entity and its snapshot. */
function writeColumn(
  { entity, snapshot }: TrackedEntity,
  column: ColumnModel,
  answered: unknown,
  undo: Undo | undefined,
): void {
  if (undo) undo.push(column.remember(entity, () => column.write(entity, answered)));
  else column.write(entity, answered);
  snapshot[column.index] = fingerprint(column.read(entity));
}

function writeAnswers(
  tracked: TrackedEntity,
  answered: readonly ColumnModel[],
  answer: Row | undefined,
  undo: Undo | undefined,
): void {
  if (!answer) return;
  const { columns } = tracked.model;
  answered.forEach((column, i) => {
    // The batch may have been planned with another class of the same table.
    const own = columns.find(({ databaseName }) => databaseName === column.databaseName);
    if (own) writeColumn(tracked, own, answer[`a${i}`], undo);
  });
}
