import { checkCollections } from '../tracking/collection-check';
import { splitBatch, type Batch } from '../write-set/batch';
import type { Insert, Write, WriteSet } from '../write-set/change';
import { collectChanges } from '../write-set/collect-changes';
import { planLocks } from '../write-set/lock-plan';
import { planWrites } from '../write-set/write-plan';
import { conflictError, type LostRow } from './conflicts';
import type { FlushContext } from './flush-context';
import { findLostRows, lockRows } from './lock-rows';
import { readAttached } from './read-attached';
import { readForeignKeys } from './read-foreign-keys';
import { readRoots } from './read-roots';
import { sendBatch } from './send-batch';

/**
 * Writes everything that changed: compare, order, lock, send, judge, take over.
 *
 * Whatever it throws, the unit must roll back and undo.
 *
 * @throws {ConcurrencyError} Naming every row that a rival changed or deleted.
 * @throws {UsageError} A change that cannot be written as it stands; nothing was sent then.
 */
export async function flush(context: FlushContext): Promise<void> {
  await settleRelations(context);
  const stale = await readAttached(context);
  if (stale.length > 0) await reportAllLost(context, stale);
  const writeSet = await compareAndTell(context);
  await readForeignKeys(context, writeSet.writes);
  const batches = await splitBatches(context, planWrites(writeSet.writes));
  if (needsLockPass(context, writeSet, batches)) await lockRows(context, planLocks(writeSet));
  for (const batch of batches) await sendBatch(context, batch);
  await context.listeners.after(writeSet.writes);
}

/** Attached rows that are lost already end the flush, but not without the others that are lost too. */
async function reportAllLost(context: FlushContext, stale: readonly LostRow[]): Promise<never> {
  const isStale = new Set(stale.map(({ tracked }) => tracked));
  const others = context.map.all().filter((tracked) => !isStale.has(tracked));
  const lost = await findLostRows(context, planLocks(collectChanges(context.map, others)));
  throw conflictError([...stale, ...lost.filter(({ tracked }) => !isStale.has(tracked))]);
}

/** Whoever listens may change what is about to be written. */
async function compareAndTell(context: FlushContext): Promise<WriteSet> {
  const writeSet = await compare(context);
  const isChanged = await context.listeners.before(writeSet.writes);
  return isChanged ? compare(context) : writeSet;
}

async function compare(context: FlushContext): Promise<WriteSet> {
  const { map } = context;
  for (const tracked of map.all()) checkCollections(map, tracked);
  let writeSet = collectChanges(map);
  while (writeSet.unreadRoots.length > 0) {
    await readRoots(context, writeSet.unreadRoots);
    writeSet = collectChanges(map);
  }
  return writeSet;
}

/** A promise that was assigned to a lazy relation decides a foreign key. */
async function settleRelations({ map }: FlushContext): Promise<void> {
  for (const { model, entity } of map.all()) {
    for (const { settle } of model.references) await settle?.(entity);
  }
}

/**
 * A single statement locks its rows itself, where it can tell which ones it reached. Several
 * statements need all their locks first, or two flushes that cross would deadlock.
 */
function needsLockPass(
  { dialect }: FlushContext,
  { assertions }: WriteSet,
  batches: readonly Batch[],
): boolean {
  if (batches.length > 1 || assertions.length > 0) return true;
  const isWrittenBlindly = dialect.batchedWriteReports === 'count';
  return isWrittenBlindly && batches.some(({ operation }) => operation !== 'insert');
}

async function splitBatches(context: FlushContext, batches: readonly Batch[]): Promise<Batch[]> {
  const { dialect, catalog, connection } = context;
  const split: Batch[] = [];
  for (const batch of batches) {
    const weight = await catalog.maxBytes(connection);
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
  const key = write.operation === 'insert' ? [] : write.key;
  const values =
    write.operation === 'delete' ? [] : write.columns.map((c) => c.read(write.tracked.entity));
  return [...key, ...values].reduce<number>((sum, value) => sum + dialect.weigh(value), 0);
}
