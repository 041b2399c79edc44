import type { WriteStatement } from '../dialect/dialect';
import type { Row } from '../dialect/statement';
import { MappingError } from '../errors/mapping-error';
import { keyId } from '../model/entity-key';
import { makeBatch, type Batch, type Unless } from '../write-set/batch';
import type { Delete, Insert, Update, Write } from '../write-set/change';
import { acceptDelete, acceptInsert, acceptUpdate } from './accept-changes';
import { conflictError, lostRow } from './conflicts';
import type { FlushContext } from './flush-context';
import { insertValues, updateValues } from './row-values';

/**
 * Sends one statement, reads its verdict row by row and takes over what it wrote.
 *
 * @throws {ConcurrencyError} Naming every row of the batch that a rival changed or deleted.
 */
export async function sendBatch(context: FlushContext, batch: Batch): Promise<void> {
  if (batch.operation === 'insert') await sendInserts(context, batch as Batch<Insert>);
  else if (batch.operation === 'update') await sendUpdates(context, batch as Batch<Update>);
  else await sendDeletes(context, batch as Batch<Delete>);
}

async function sendInserts(context: FlushContext, batch: Batch<Insert>): Promise<void> {
  const { dialect, catalog, connection, map, undo } = context;
  const table = await catalog.describe(batch.model, connection);
  const rows = batch.rows.map((change) => ({ change, values: insertValues(change) }));
  const answers = await sendWrite(context, batch, dialect.insert(batch, rows, table));
  rows.forEach((row, ord) => {
    undo.push(acceptInsert(map, batch, { ...row, answer: answers.get(ord) }));
  });
}

/**
 * Inserts one row unless another one has its unique value.
 *
 * @returns Whether it was inserted.
 */
export async function sendInsertUnless(
  context: FlushContext,
  change: Insert,
  unless: Unless,
): Promise<boolean> {
  const { dialect, catalog, connection, map, undo } = context;
  const batch = { ...makeBatch([change]), rows: [change], unless } as Batch<Insert>;
  const table = await catalog.describe(batch.model, connection);
  const values = insertValues(change);
  const write = dialect.insert(batch, [{ values }], table);
  const reply = await connection.send(write.statement);
  if (write.wasFound) {
    const { rows } = await connection.send(write.wasFound);
    if (Number(rows[0]?.['found'])) return false;
  } else if (reply.rows.length === 0) {
    return false;
  }
  const { rows } = write.readBack ? await connection.send(write.readBack) : reply;
  const answer = byOrdinal(write.arrange?.(rows) ?? rows).get(0);
  undo.push(acceptInsert(map, batch, { change, values, answer }));
  return true;
}

async function sendUpdates(context: FlushContext, batch: Batch<Update>): Promise<void> {
  const { dialect, catalog, connection, map, undo } = context;
  const table = await catalog.describe(batch.model, connection);
  const rows = batch.rows.map((change) => ({ change, values: updateValues(change) }));
  const answers = await sendWrite(context, batch, dialect.update(batch, rows, table));
  rows.forEach((row, ord) => {
    const answer = answers.get(ord);
    const version = Number(answer?.['version'] ?? (row.change.expected ?? 0) + 1);
    undo.push(acceptUpdate(map, batch, { ...row, answer }, version));
  });
}

async function sendDeletes(context: FlushContext, batch: Batch<Delete>): Promise<void> {
  const { dialect, catalog, connection, map, undo } = context;
  const table = await catalog.describe(batch.model, connection);
  await sendWrite(context, batch, dialect.delete(batch, batch.rows, table));
  for (const { tracked } of batch.rows) undo.push(acceptDelete(map, tracked));
}

/** Sends a write and returns the answer to each row by its position. */
async function sendWrite(
  { connection }: FlushContext,
  batch: Batch,
  write: WriteStatement,
): Promise<Map<number, Row>> {
  const reply = await connection.send(write.statement);
  if (write.reports === 'rows') {
    const answers = byOrdinal(write.arrange?.(reply.rows) ?? reply.rows);
    judgeRows(batch, answers);
    return answers;
  }
  judgeCount(batch, reply.affected);
  if (!write.readBack) return new Map();
  const { rows } = await connection.send(write.readBack);
  const answers = byOrdinal(write.arrange?.(rows) ?? rows);
  if (answers.size !== batch.rows.length) throw swallowed(batch, answers.size);
  return answers;
}

function byOrdinal(rows: readonly Row[]): Map<number, Row> {
  return new Map(rows.map((row) => [Number(row['ord']), row]));
}

/** A row that was not reached lost its race, if its version says so. */
function judgeRows(batch: Batch, answers: ReadonlyMap<number, Row>): void {
  const unreached = batch.rows.flatMap((change, ord) => {
    const answer = answers.get(ord);
    return answer?.['reached'] ? [] : [{ change, actual: actualVersion(answer) }];
  });
  if (unreached.length === 0) return;
  const lost = unreached.flatMap(({ change, actual }) =>
    isLost(change, actual) ? [lostRow(change as Update | Delete, actual ?? undefined)] : [],
  );
  if (lost.length === 0) throw swallowed(batch, batch.rows.length - unreached.length);
  throw conflictError(lost);
}

/** `undefined`: no row. `null`: a row of an entity without version. */
function actualVersion(answer: Row | undefined): number | null | undefined {
  if (!answer) return undefined;
  return answer['actual'] === null ? null : Number(answer['actual']);
}

function isLost(change: Write, actual: number | null | undefined): boolean {
  if (change.operation === 'insert') return false;
  return actual === undefined || (change.expected !== null && actual !== change.expected);
}

/**
 * The rows were locked and compared before, so a short count is no rival.
 *
 * A write that does not move the version may count 0 for a row that holds the value already
 * (without the client flag FOUND_ROWS); its rows are known to exist.
 */
function judgeCount(batch: Batch, affected: number | undefined): void {
  const isCounted = batch.operation !== 'update' || batch.isMoving;
  if (isCounted && affected !== batch.rows.length) throw swallowed(batch, affected ?? 0);
}

function swallowed({ operation, model, rows }: Batch, reached: number): MappingError {
  const keys = rows.slice(0, 3).map(({ tracked }) => (tracked.key ? keyId(tracked.key) : 'new'));
  return new MappingError(
    `${operation} of ${model.entityName}(${keys.join(', ')}${rows.length > 3 ? ', …' : ''}) reached ` +
      `${reached} of ${rows.length} rows although no rival changed them: a trigger, rule, row-level ` +
      'security policy or proxy keeps rows from being written or counted',
  );
}
