import type { Conflict } from '../errors/concurrency-error';
import type { Row } from '../dialect/statement';
import type { ColumnModel, EntityModel, UniqueModel } from '../model/entity-model';
import { fingerprint, sameFingerprint } from '../model/fingerprint';
import { uniqueValueId, valueId } from '../model/unique-value';
import { conflictOn } from '../tracking/conflict-on';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { FlushContext } from './flush-context';

/** What became of the unique values of a unit that the database has refused. */
export interface TakenValues {
  /** Rivals' rows with values that the unit had looked for in vain: a replay will find them. */
  readonly conflicts: readonly Conflict[];
  /** Every value is free again: whoever had one came and went in between. */
  readonly areFree: boolean;
}

/**
 * Looks, after the rollback, for the rows whose unique values kept the unit's own from being written.
 *
 * Of entities whose values the unit had not looked for nothing is said: their collision is a mistake in
 * the data. So is one with a row that such a look does not show, because it was removed softly or is
 * of another class.
 */
export async function findTakenValues(context: FlushContext): Promise<TakenValues> {
  const conflicts: Conflict[] = [];
  let isHeld = false;
  const written = context.map.all().filter((tracked) => writtenUniques(tracked).length > 0);
  const looked = written.filter((tracked) => wasLookedFor(context, tracked).length > 0);
  for (const tracked of looked) {
    for (const unique of writtenUniques(tracked)) {
      const row = await readHolder(context, tracked, unique);
      const isFound = row && wasLookedFor(context, tracked).includes(unique);
      if (isFound && isShown(tracked.model, row)) conflicts.push(conflictOf(tracked, row));
      else isHeld ||= row !== undefined;
    }
  }
  const others = written.filter((tracked) => !looked.includes(tracked));
  const isOurs = hasSameTwice(written);
  const areFree = looked.length > 0 && !isHeld && !isOurs && !(await areHeld(context, others));
  return { conflicts, areFree };
}

/** Whether two entities of the unit collide with each other. */
function hasSameTwice(written: readonly TrackedEntity[]): boolean {
  const ids = written.flatMap((tracked) =>
    writtenUniques(tracked).map((u) => uniqueValueId(tracked.model, u, valuesOf(tracked, u))),
  );
  return new Set(ids).size < ids.length;
}

function wasLookedFor({ map }: FlushContext, tracked: TrackedEntity): UniqueModel[] {
  return writtenUniques(tracked).filter((unique) =>
    map.wasAbsent(valueId(tracked.model, unique, valuesOf(tracked, unique))),
  );
}

// A unit that writes more had better be told the driver's error than wait for so many reads.
const mostReads = 100;

/** Whether any of these collides with a row that is still there. */
async function areHeld(context: FlushContext, all: readonly TrackedEntity[]): Promise<boolean> {
  if (all.length > mostReads) return true;
  for (const tracked of all) {
    for (const unique of writtenUniques(tracked)) {
      if (await readHolder(context, tracked, unique)) return true;
    }
  }
  return false;
}

/** Those that an INSERT, or an UPDATE of one of their columns, was to take. */
function writtenUniques(tracked: TrackedEntity): UniqueModel[] {
  const { model, entity, snapshot, state } = tracked;
  if (state !== 'new' && state !== 'managed') return [];
  return model.uniques.filter((unique) => {
    const values = valuesOf(tracked, unique);
    if (unique.isPartial || values.includes(undefined) || values.includes(null)) return false;
    return unique.columns.some(
      (column) =>
        state === 'new' ||
        !sameFingerprint(fingerprint(column.read(entity)), snapshot[column.index]),
    );
  });
}

function valuesOf({ entity }: TrackedEntity, { columns }: UniqueModel): unknown[] {
  return columns.map((column) => column.read(entity));
}

async function readHolder(
  { dialect, catalog, connection }: FlushContext,
  tracked: TrackedEntity,
  unique: UniqueModel,
): Promise<Row | undefined> {
  const { model } = tracked;
  const table = await catalog.describe(model, connection);
  const values = [valuesOf(tracked, unique)];
  const read = dialect.readByUnique(model, unique, askedColumns(model), values, table);
  return (await connection.read(read)).rows[0];
}

/** The key, the version, and what decides whether a read shows the row. */
function askedColumns({ key, version, columns }: EntityModel): ColumnModel[] {
  const deciding = columns.filter((c) => c.isDeleteDate || c.constant !== undefined);
  return [...new Set([...key, ...(version ? [version] : []), ...deciding])];
}

function isShown(model: EntityModel, row: Row): boolean {
  return askedColumns(model).every((column, i) => {
    const value = row[`c${i}`];
    if (column.isDeleteDate) return value === null;
    return column.constant === undefined || value === column.constant;
  });
}

function conflictOf(tracked: TrackedEntity, row: Row): Conflict {
  const { key, version } = tracked.model;
  return conflictOn(tracked, 'insert', {
    key: key.map((_, i) => row[`c${i}`]),
    expected: null,
    actual: version && Number(row[`c${key.length}`]),
  });
}
