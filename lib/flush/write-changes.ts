import type { Dialect } from '../dialect/dialect';
import type { ColumnModel } from '../model/entity-model';
import { splitBatch, type Batch } from '../write-set/batch';
import type { Insert, Write, WriteSet } from '../write-set/change';
import { planLocks } from '../write-set/lock-plan';
import { planWrites } from '../write-set/write-plan';
import type { FlushContext } from './flush-context';
import { haveTokens } from './compare-tokens';
import { lockRows } from './lock-rows';
import { readForeignKeys } from './read-foreign-keys';
import { sendBatch } from './send-batch';

/** What is to be written and what must hold meanwhile. */
type Changes = Pick<WriteSet, 'writes' | 'assertions'>;

/** Orders the writes, locks what they need, sends them, judges and takes over the answers. */
export async function writeChanges(context: FlushContext, changes: Changes): Promise<void> {
  await readForeignKeys(context, changes.writes);
  const batches = await splitBatches(context, planWrites(changes.writes));
  const [only] = batches;
  if (only && batches.length === 1 && (await canGoAlone(context, changes, only))) {
    return sendBatch(context, only, context.alone);
  }
  // A single statement locks as well.
  context.held.checkOrder(() => planLocks(changes));
  if (needsLockPass(context, changes, batches)) await lockRows(context, planLocks(changes));
  for (const batch of batches) await sendBatch(context, batch);
}

/**
 * Whether a statement can be the whole transaction: its answer tells of every row, and where a row is
 * stale nothing is written. And nobody who would be told only afterwards could refuse it.
 */
async function canGoAlone(
  { dialect, catalog, connection, listeners, alone }: FlushContext,
  changes: Changes,
  batch: Batch,
): Promise<boolean> {
  // A bound is only known to hold when the answer is there.
  const isBounded = changes.writes.some(({ tracked }) => tracked.increments);
  if (
    !alone ||
    isBounded ||
    haveTokens(changes.writes) ||
    changes.assertions.length > 0 ||
    isOfParents(dialect, batch, changes)
  )
    return false;
  // Who would take over no version afterwards is known before.
  const isFrozen = changes.writes.some(({ tracked }) => Object.isFrozen(tracked.entity));
  if (isFrozen || listeners.hearAfter(changes.writes)) return false;
  const server = await catalog.server(connection);
  const table = await catalog.describe(batch.model, connection);
  // Asked last: a listener may have begun a transaction.
  return server.writesAlone && dialect.canWriteAlone(batch, table, server) && alone.canSend();
}

/**
 * A single statement locks its rows itself, where it can tell which ones it reached. Several
 * statements need all their locks first, or two flushes that cross would deadlock.
 */
function needsLockPass(
  { dialect }: FlushContext,
  changes: Changes,
  batches: readonly Batch[],
): boolean {
  if (batches.length > 1 || changes.assertions.length > 0 || haveTokens(changes.writes))
    return true;
  const isWrittenBlindly = dialect.batchedWriteReports === 'count';
  return batches.some(
    (batch) =>
      (isWrittenBlindly && batch.operation !== 'insert') || isOfParents(dialect, batch, changes),
  );
}

/** Rows that point to several parents lock those in their own order, where a check of a key locks. */
function isOfParents(dialect: Dialect, batch: Batch, changes: Changes): boolean {
  const { operation, model, columns, rows } = batch;
  if (dialect.batchedWriteReports !== 'count' || operation === 'delete') return false;
  if (operation === 'update') {
    const isSet = (column: ColumnModel) => columns.includes(column);
    return rows.length > 1 && model.references.some((one) => one.columns.some(isSet));
  }
  return planLocks(changes).reduce((count, locks) => count + locks.rows.length, 0) > 1;
}

async function splitBatches(context: FlushContext, batches: readonly Batch[]): Promise<Batch[]> {
  const { dialect, catalog, connection } = context;
  const split: Batch[] = [];
  for (const batch of batches) {
    const { maxBytes: weight } = await catalog.server(connection);
    const table = await catalog.describe(batch.model, connection);
    const isTogether =
      batch.operation !== 'insert' || dialect.canInsertTogether(batch as Batch<Insert>, table);
    const items = isTogether ? dialect.maxRows : 1;
    const weigh = (write: Write) => weighWrite(context, write);
    split.push(...splitBatch(batch, { items, weight, weigh }));
  }
  return split;
}

function weighWrite({ dialect }: FlushContext, write: Write): number {
  let sum = 0;
  // Twice: rows are read back by their keys, in the same message where that is a script.
  if (write.operation !== 'insert') for (const value of write.key) sum += 2 * dialect.weigh(value);
  if (write.operation === 'delete') return sum;
  for (const column of write.columns) sum += dialect.weigh(column.read(write.tracked.entity));
  return sum;
}
