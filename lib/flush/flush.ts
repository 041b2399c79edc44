import { collectChanges } from '../write-set/collect-changes';
import { planLocks } from '../write-set/lock-plan';
import { compare, type Comparison } from './compare';
import { conflictError, type LostRow } from './conflicts';
import type { FlushContext } from './flush-context';
import { findLostRows } from './lock-rows';
import { moveAsserted } from './move-asserted';
import { readAttached } from './read-attached';
import { writeChanges } from './write-changes';

/**
 * Writes everything that changed: compare, order, lock, send, judge, take over.
 *
 * Whatever it throws, the unit must roll back and undo.
 *
 * @throws {ConcurrencyError} Naming every row that a rival changed or deleted.
 * @throws {UsageError} A change that cannot be written as it stands; nothing was sent then.
 */
export async function flush(context: FlushContext): Promise<void> {
  const stale = await readAttached(context);
  if (stale.length > 0) await reportAllLost(context, stale);
  const { applied, ...writeSet } = await compareAndTell(context);
  await writeChanges(context, await moveAsserted(context, writeSet));
  for (const accept of applied.accept) context.undo.push(accept());
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
async function compareAndTell(context: FlushContext): Promise<Comparison> {
  const comparison = await compare(context);
  const isChanged = await context.listeners.before(comparison.writes);
  if (!isChanged) return comparison;
  // Taken back once more at the end, it does nothing.
  for (const takeBack of comparison.applied.takeBack.toReversed()) takeBack();
  return compare(context);
}
