import { compareKeys, type EntityKey } from '../model/entity-key';
import type { ColumnModel, EntityModel } from '../model/entity-model';
import type { RowVersion } from '../model/row-version';
import { rowId } from '../tracking/identity-map';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { Assertion, Delete, LockStrength, Update, Write, WriteSet } from './change';
import { newRows } from './new-rows';

const strengths: readonly LockStrength[] = ['key-share', 'share', 'update', 'delete'];

/** Whether a lock keeps off whomever another one would. */
export function isAsStrong(one: LockStrength, other: LockStrength): boolean {
  return strengths.indexOf(one) >= strengths.indexOf(other);
}

/** A row to be locked before anything is written. */
export interface LockedRow {
  readonly key: EntityKey;
  /** The version it must have; `null` if it must only exist. */
  readonly expected: RowVersion | null;
  /** What the lock is for; `undefined` for a parent row, which may change. */
  readonly reason: Update | Delete | Assertion | undefined;
}

/** The rows of one table, in key order, and the one strength that serves them all. */
export interface LockBatch {
  readonly model: EntityModel;
  readonly strength: LockStrength;
  readonly rows: readonly LockedRow[];
}

/**
 * All existing rows that a flush will update, delete or assert, and the existing parents that its
 * new foreign keys point to, in (table, key) order.
 *
 * Order inside single statements is not enough: two flushes whose batches cross, or that insert a
 * child and then update its parent, would deadlock. One strength serves a table, because two
 * statements of different strength would visit its keys twice.
 */
export function planLocks({
  writes,
  assertions,
}: Pick<WriteSet, 'writes' | 'assertions'>): LockBatch[] {
  const tables = new Map<string, TableLocks>();
  const lock = (model: EntityModel, strength: LockStrength, row: LockedRow) => {
    let table = tables.get(model.tableName);
    if (!table) tables.set(model.tableName, (table = { model, strength, rows: new Map() }));
    if (!isAsStrong(table.strength, strength)) table.strength = strength;
    const id = rowId(model, row.key);
    if (row.reason !== undefined || !table.rows.has(id)) table.rows.set(id, row);
  };
  const isNew = newRows(writes);
  for (const write of writes) lockWritten(write, lock, isNew);
  for (const reason of assertions) {
    const { tracked, strength, key, expected } = reason;
    lock(tracked.model, strength, { key, expected, reason });
  }
  return [...tables.values()]
    .toSorted((a, b) => (a.model.tableName < b.model.tableName ? -1 : 1))
    .map(({ model, strength, rows }) => ({ model, strength, rows: sortRows([...rows.values()]) }));
}

/** The same where what is asserted is written: two that share its lock could not both go on. */
export function withAssertionsWritten(batches: readonly LockBatch[]): LockBatch[] {
  return batches.map((batch) =>
    batch.strength === 'share' ? { ...batch, strength: 'update' } : batch,
  );
}

/** The columns whose values are compared for some of these rows, in the order in which they are read. */
export function tokensOf(rows: readonly LockedRow[]): ColumnModel[] {
  const tokens = new Map<string, ColumnModel>();
  for (const { reason } of rows) {
    const compared = reason ? comparedColumns(reason.tracked) : [];
    for (const token of compared) tokens.set(token.databaseName, token);
  }
  return [...tokens.values()];
}

/** The columns that are compared with the row: tokens, and the foreign key of what leaves a collection. */
export function comparedColumns({ model, orphanOf }: TrackedEntity): readonly ColumnModel[] {
  return orphanOf ? [...model.tokens, ...orphanOf.keys()] : model.tokens;
}

/** Rows that are found by keys of one column, whatever versions they have. */
export function lockOfKeys(model: EntityModel, keys: readonly unknown[]): LockBatch {
  const rows = [...new Set(keys)].map((value) => ({
    key: [value],
    expected: null,
    reason: undefined,
  }));
  return { model, strength: 'update', rows: sortRows(rows) };
}

/** The same rows in the same order, whatever versions they have, and without the entities they came from. */
export function withoutReasons(batches: readonly LockBatch[]): LockBatch[] {
  return batches.map(({ model, strength, rows }) => ({
    model,
    strength,
    rows: rows.map(({ key }) => ({ key, expected: null, reason: undefined })),
  }));
}

interface TableLocks {
  readonly model: EntityModel;
  strength: LockStrength;
  readonly rows: Map<string, LockedRow>;
}

type Lock = (model: EntityModel, strength: LockStrength, row: LockedRow) => void;

function lockWritten(write: Write, lock: Lock, isNew: ReadonlySet<string>): void {
  if (write.operation !== 'insert') {
    const { tracked, key, expected, operation } = write;
    lock(tracked.model, operation, { key, expected, reason: write });
  }
  if (write.operation === 'delete') return;
  for (const { columns, target, referencedNames } of write.tracked.model.references) {
    if (!columns.some((column) => write.columns.includes(column))) continue;
    const values = columns.map((column) => column.read(write.tracked.entity));
    const model = target();
    const key = keyAmong(model, referencedNames, values);
    // Locking a row that does not exist yet would lock the gap it goes into (InnoDB).
    if (key && !isNew.has(rowId(model, key))) {
      lock(model, 'key-share', { key, expected: null, reason: undefined });
    }
  }
}

/** The key of the row that a foreign key points to, if it is the key that it refers to and is set. */
function keyAmong(
  { key }: EntityModel,
  names: readonly string[],
  values: readonly unknown[],
): EntityKey | undefined {
  const found = key.map(({ databaseName }) => values[names.indexOf(databaseName)]);
  const isComplete = key.length === names.length && !found.includes(undefined);
  return isComplete && !found.includes(null) ? found : undefined;
}

function sortRows(rows: readonly LockedRow[]): LockedRow[] {
  return rows.toSorted((left, right) => compareKeys(left.key, right.key));
}
