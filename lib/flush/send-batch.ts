import type { WriteStatement } from '../dialect/dialect';
import type { Row, Statement } from '../dialect/statement';
import { makeBatch, type Batch, type Unless } from '../write-set/batch';
import type { Delete, Insert, Update, Write } from '../write-set/change';
import {
  acceptDelete,
  acceptInsert,
  acceptUpdate,
  type Acceptance,
  type AcceptedRow,
} from './accept-changes';
import { readingOnly } from './connection';
import type { Alone, FlushContext } from './flush-context';
import { isSwallowed, judgeCount, judgeRows, swallowed, whyUnreached } from './judge-answers';
import { insertValues, updateValues } from './row-values';

/**
 * Sends one statement, reads its verdict row by row and takes over what it wrote.
 *
 * @param alone Given if the statement is to be the whole transaction.
 * @throws {ConcurrencyError} Naming every row of the batch that a rival changed or deleted.
 */
export async function sendBatch(context: FlushContext, batch: Batch, alone?: Alone): Promise<void> {
  if (batch.operation === 'insert') await sendInserts(context, batch as Batch<Insert>, alone);
  else if (batch.operation === 'update') await sendUpdates(context, batch as Batch<Update>, alone);
  else await sendDeletes(context, batch as Batch<Delete>, alone);
}

async function sendInserts(
  context: FlushContext,
  batch: Batch<Insert>,
  alone: Alone | undefined,
): Promise<void> {
  const { dialect, catalog, connection } = context;
  const acceptance = acceptanceOf(context, alone);
  const table = await catalog.describe(batch.model, connection);
  const rows = batch.rows.map((change) => rowOf(change, insertValues(change)));
  const answers = await sendWrite(context, batch, dialect.insert(batch, rows, table), alone);
  rows.forEach((row, ord) => {
    row.answer = answers.get(ord);
    takeOver(alone, () => acceptInsert(acceptance, batch, row));
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
  acceptInsert({ map, undo }, batch, { change, values, answer });
  return true;
}

async function sendUpdates(
  context: FlushContext,
  batch: Batch<Update>,
  alone: Alone | undefined,
): Promise<void> {
  const { dialect, catalog, connection } = context;
  const acceptance = acceptanceOf(context, alone);
  const table = await catalog.describe(batch.model, connection);
  const rows = batch.rows.map((change) => rowOf(change, updateValues(change)));
  const answers = await sendWrite(context, batch, dialect.update(batch, rows, table), alone);
  rows.forEach((row, ord) => {
    row.answer = answers.get(ord);
    const version = Number(row.answer?.['version'] ?? (row.change.expected ?? 0) + 1);
    takeOver(alone, () => acceptUpdate(acceptance, batch, row, version));
  });
}

async function sendDeletes(
  context: FlushContext,
  batch: Batch<Delete>,
  alone: Alone | undefined,
): Promise<void> {
  const { dialect, catalog, connection } = context;
  const acceptance = acceptanceOf(context, alone);
  const table = await catalog.describe(batch.model, connection);
  await sendWrite(context, batch, dialect.delete(batch, batch.rows, table), alone);
  for (const { tracked } of batch.rows) {
    takeOver(alone, () => acceptDelete(acceptance, tracked));
  }
}

function rowOf<W>(change: W, values: readonly unknown[]): AcceptedRow<W> {
  return { change, values, answer: undefined };
}

/** What is committed already is not taken back any more. */
function acceptanceOf({ map, undo }: FlushContext, alone: Alone | undefined): Acceptance {
  return { map, undo: alone ? undefined : undo };
}

/** An entity that refuses its new version cannot undo what is committed. */
function takeOver(alone: Alone | undefined, accept: () => void) {
  try {
    accept();
  } catch (error) {
    if (!alone) throw error;
    alone.errors.push(error);
  }
}

/** Sends a write and returns the answer to each row by its position. */
async function sendWrite(
  context: FlushContext,
  batch: Batch,
  write: WriteStatement,
  alone: Alone | undefined,
): Promise<Map<number, Row>> {
  const script = alone && context.dialect.asTransaction?.(batch, write);
  if (script) return sendScript(context, batch, { ...write, statement: script }, alone);
  const reply = await (alone ?? context.connection)
    .send(write.statement)
    .catch((error: unknown) => {
      throw isSwallowed(error) ? swallowed(batch) : error;
    });
  const after = alone ? afterAlone(context, alone) : context;
  if (write.reports === 'rows') {
    if (write.isWhole?.(reply.rows)) return new Map();
    const answers = byOrdinal(write.arrange?.(reply.rows) ?? reply.rows);
    if (write.isSilent && answers.size === 0) throw await whyUnreached(after, batch);
    judgeRows(batch, answers);
    return answers;
  }
  await judgeCount(after, batch, reply.affected);
  if (!write.readBack) return new Map();
  if (alone) return readBackAfterwards(batch, write.readBack, alone);
  const { rows } = await context.connection.send(write.readBack);
  const answers = byOrdinal(write.arrange?.(rows) ?? rows);
  if (answers.size !== batch.rows.length) throw swallowed(batch);
  return answers;
}

/** Sends a write that is a transaction of its own: what it answers, it has committed. */
async function sendScript(
  context: FlushContext,
  batch: Batch,
  { statement, readBack, arrange }: WriteStatement,
  alone: Alone,
): Promise<Map<number, Row>> {
  const { rows } = await alone.sendScript(statement);
  if (rows.length === 0) throw await whyUnreached(afterAlone(context, alone), batch);
  return readBack ? byOrdinal(arrange?.(rows) ?? rows) : new Map();
}

/** What was the whole transaction was the last of the unit. */
function afterAlone(context: FlushContext, { ask }: Alone): FlushContext {
  return { ...context, connection: readingOnly(ask) };
}

/**
 * What the database computed for rows that are committed already. A row that a rival has changed
 * since then holds other values: what was computed for this unit nobody can tell any more.
 */
async function readBackAfterwards(
  { rows }: Batch,
  readBack: Statement,
  alone: Alone,
): Promise<Map<number, Row>> {
  try {
    const answers = byOrdinal((await alone.read(readBack)).rows);
    const isOurs = (change: Write, answer: Row | undefined) =>
      change.operation === 'update' && Number(answer?.['version']) === (change.expected ?? 0) + 1;
    return new Map([...answers].filter(([ord, answer]) => isOurs(rows[ord] as Write, answer)));
  } catch (error) {
    alone.errors.push(error);
    return new Map();
  }
}

function byOrdinal(rows: readonly Row[]): Map<number, Row> {
  return new Map(rows.map((row) => [Number(row['ord']), row]));
}
