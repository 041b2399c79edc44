import { compareKeys } from '../model/entity-key';
import type { ColumnModel, EntityModel, UniqueModel } from '../model/entity-model';
import { chunk, type ChunkLimit } from '../support/chunk';
import type { Write } from './change';

/** Rows of one table that one statement writes. */
export interface Batch<W extends Write = Write> {
  readonly operation: W['operation'];
  /** The model of the first row; all rows share table, key and columns. */
  readonly model: EntityModel;
  readonly columns: readonly ColumnModel[];
  /** Those of the columns whose value is added to what is there. */
  readonly added: readonly ColumnModel[];
  /** Columns whose new values the database answers. */
  readonly answered: readonly ColumnModel[];
  /** Whether the row version is compared. */
  readonly isChecked: boolean;
  /** Whether an update moves it. */
  readonly isMoving: boolean;
  readonly rows: readonly W[];
  /** Of an insert of one row: nothing is written if another row has its value already. */
  readonly unless?: Unless | undefined;
}

/** What keeps a row from being inserted. */
export interface Unless {
  readonly unique: UniqueModel;
  /** A text that nobody else has: where the answer does not tell, it marks that a row was there. */
  readonly marker: string;
}

/**
 * Writes with the same text can share a statement: table, operation, columns.
 *
 * Of rows that follow each other most are of one shape, so the answer before is kept.
 */
export function batchIds(): (write: Write) => string {
  let last: { readonly write: Write; readonly id: string } | undefined;
  return (write) => {
    if (!last || !hasSameShape(last.write, write)) last = { write, id: batchId(write) };
    return last.id;
  };
}

function hasSameShape(one: Write, other: Write): boolean {
  if (one.operation !== other.operation || one.tracked.model !== other.tracked.model) return false;
  if (isChecked(one) !== isChecked(other) || isMoving(one) !== isMoving(other)) return false;
  if (one.operation === 'delete' || other.operation === 'delete') return true;
  const { columns } = other;
  return areSame(one.columns, columns) && areSame(addedColumns(one), addedColumns(other));
}

function areSame(one: readonly ColumnModel[], other: readonly ColumnModel[]): boolean {
  return one.length === other.length && one.every((column, i) => column === other[i]);
}

function batchId(write: Write): string {
  const { tableName } = write.tracked.model;
  const names = (columns: readonly ColumnModel[]) => columns.map((column) => column.databaseName);
  return JSON.stringify([
    write.operation,
    tableName,
    isChecked(write),
    isMoving(write),
    write.operation === 'delete' ? [] : names(write.columns),
    names(addedColumns(write)),
    names(answeredColumns(write)),
  ]);
}

export function makeBatch(writes: readonly [Write, ...Write[]]): Batch {
  const [first] = writes;
  return {
    operation: first.operation,
    model: first.tracked.model,
    columns: first.operation === 'delete' ? [] : first.columns,
    added: addedColumns(first),
    answered: answeredColumns(first),
    isChecked: isChecked(first),
    isMoving: isMoving(first),
    rows: first.operation === 'insert' ? writes : sortByKey(writes),
  };
}

export function splitBatch(batch: Batch, limit: ChunkLimit<Write>): Batch[] {
  return chunk(batch.rows, limit).map((rows) => ({ ...batch, rows }));
}

function isChecked(write: Write): boolean {
  return write.operation !== 'insert' && write.expected !== null;
}

function isMoving(write: Write): boolean {
  return write.operation === 'update' && write.moves;
}

const none: readonly ColumnModel[] = [];

function addedColumns(write: Write): readonly ColumnModel[] {
  return write.operation === 'update' ? write.added : none;
}

function answeredColumns(write: Write): readonly ColumnModel[] {
  if (write.operation === 'delete') return [];
  const { columns } = write;
  const added = addedColumns(write);
  const isFilled = (column: ColumnModel) =>
    write.operation === 'insert' ? column.isFilledOnInsert : column.isFilledOnUpdate;
  return write.tracked.model.columns.filter(
    (column) => added.includes(column) || (isFilled(column) && !columns.includes(column)),
  );
}

/** Rows are locked in key order: two batches that meet do so in one direction. */
function sortByKey(writes: readonly Write[]): Write[] {
  return writes.toSorted((left, right) =>
    compareKeys(left.tracked.key ?? [], right.tracked.key ?? []),
  );
}
