import type { Row } from '../dialect/statement';
import { keyOf, type ColumnModel } from '../model/entity-model';
import { fingerprint } from '../model/fingerprint';
import { firstVersion, type RowVersion } from '../model/row-version';
import type { IdentityMap } from '../tracking/identity-map';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { Batch } from '../write-set/batch';
import type { Insert, Update } from '../write-set/change';

/** Where what was written is taken over. */
export interface Acceptance {
  readonly map: IdentityMap;
  /** Takes back, last first, what was taken over; missing if it is committed already. */
  readonly undo: (() => void)[] | undefined;
}

/** What one row was sent and what the database answered to it. */
export interface AcceptedRow<W> {
  readonly change: W;
  readonly values: readonly unknown[];
  /** `a0`, `a1`, … for the answered columns of the batch. */
  readonly answer: Row | undefined;
}

/** Takes over keys, version and computed values of an inserted row. */
export function acceptInsert(
  { map, undo }: Acceptance,
  { answered }: Batch,
  { change, values, answer }: AcceptedRow<Insert>,
): void {
  const { tracked } = change;
  const { model, entity } = tracked;
  const writer = new EntityWriter(tracked, undo !== undefined);
  const before = undo && rememberTracking(tracked);
  change.columns.forEach((column, i) => {
    if (column === model.version || column.generate || column.readBoth)
      writer.write(column, values[i]);
    tracked.snapshot[column.index] = fingerprint(values[i]);
  });
  writer.writeAnswers(answered, answer);
  for (const column of model.columns) {
    const isOmitted = column.isNullWhenOmitted && column.read(entity) === undefined;
    if (isOmitted) writer.write(column, null);
  }
  for (const { columns, isNullable } of model.references) {
    if (!isNullable) continue;
    for (const { index } of columns) tracked.snapshot[index] ??= null;
  }
  tracked.state = 'managed';
  tracked.key = keyOf(model, entity);
  tracked.version = model.version && firstVersion;
  tracked.forcesIncrement = false;
  tracked.hasMoved = true;
  map.enter(tracked);
  undo?.push(() => {
    map.delete(tracked);
    before?.();
    map.add(tracked);
    writer.undo();
  });
}

/** Takes over version and computed values of a changed row. */
export function acceptUpdate(
  { map, undo }: Acceptance,
  { answered, isChecked, isMoving }: Batch,
  { change, values, answer }: AcceptedRow<Update>,
  version: RowVersion,
): void {
  const { tracked } = change;
  const writer = new EntityWriter(tracked, undo !== undefined);
  const before = undo && rememberTracking(tracked);
  change.columns.forEach((column, i) => {
    if (column.readBoth) writer.write(column, values[i]);
    tracked.snapshot[column.index] = fingerprint(values[i]);
  });
  writer.writeAnswers(answered, answer);
  const { version: versionColumn } = tracked.model;
  // A version that was not compared and has jumped must not make the rest of the entity look fresh.
  const isOurs = isChecked || version === (tracked.version ?? NaN) + 1;
  const aliases = isMoving && isOurs ? map.aliasesOf(tracked) : [];
  const undoAliases = aliases.map((alias) => moveAlias(alias, version));
  if (isMoving && isOurs && versionColumn) {
    writer.write(versionColumn, version);
    tracked.version = version;
  }
  // A version that has jumped is still to be compared: whoever uses the row later is in conflict.
  tracked.hasMoved ||= isMoving && (isOurs || tracked.version === undefined);
  tracked.forcesIncrement = false;
  undo?.push(() => {
    before?.();
    writer.undo();
    for (const undoAlias of undoAliases) undoAlias();
  });
}

/** Another instance of the row has moved with it, if it had been read at the same version. */
function moveAlias(alias: TrackedEntity, version: RowVersion): () => void {
  const { version: column } = alias.model;
  if (!column || alias.version !== version - 1) return () => undefined;
  const writer = new EntityWriter(alias, true);
  const before = rememberTracking(alias);
  writer.write(column, version);
  Object.assign(alias, { version, hasMoved: true });
  return () => {
    before();
    writer.undo();
  };
}

/** Forgets a deleted row. */
export function acceptDelete({ map, undo }: Acceptance, tracked: TrackedEntity): void {
  map.delete(tracked);
  undo?.push(() => map.add(tracked));
}

function rememberTracking(tracked: TrackedEntity): () => void {
  const { state, key, version, forcesIncrement, hasMoved } = tracked;
  const known = { state, key, version, forcesIncrement, hasMoved, snapshot: [...tracked.snapshot] };
  return () => void Object.assign(tracked, known);
}

/** Writes values of the database into an entity and its snapshot, and can take them back. */
class EntityWriter {
  readonly #tracked: TrackedEntity;
  readonly #restore: (() => void)[] | undefined;

  constructor(tracked: TrackedEntity, canUndo: boolean) {
    this.#tracked = tracked;
    this.#restore = canUndo ? [] : undefined;
  }

  write(column: ColumnModel, answered: unknown): void {
    const { entity, snapshot } = this.#tracked;
    if (this.#restore) {
      this.#restore.push(column.remember(entity, () => column.write(entity, answered)));
    } else {
      column.write(entity, answered);
    }
    snapshot[column.index] = fingerprint(column.read(entity));
  }

  writeAnswers(answered: readonly ColumnModel[], answer: Row | undefined): void {
    if (!answer) return;
    const { columns } = this.#tracked.model;
    answered.forEach((column, i) => {
      // The batch may have been planned with another class of the same table.
      const own = columns.find(({ databaseName }) => databaseName === column.databaseName);
      if (own) this.write(own, answer[`a${i}`]);
    });
  }

  undo(): void {
    for (const restore of this.#restore?.toReversed() ?? []) restore();
  }
}
