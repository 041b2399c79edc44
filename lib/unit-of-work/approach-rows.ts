import type { PoolTurn } from '../adapter/pool-turn';
import type { IsolationLevel } from '../dialect/dialect';
import type { LockedRows } from '../flush/locked-rows';
import type { EntityModel } from '../model/entity-model';
import { lockOfKeys, type LockBatch } from '../write-set/lock-plan';
import type { QueuePlace } from './queue-place';
import type { Writing } from './writing';

/** What an attempt is asked before it reads rows, and does then. */
export interface Approaching {
  readonly isolation: IsolationLevel;
  readonly connection: { readonly isBegun: boolean };
  readonly turn: PoolTurn;
  readonly queuePlace: QueuePlace;
  readonly writing: Writing;
  readonly flushContext: { readonly held: LockedRows };
  lockAndRead(batches: readonly LockBatch[]): Promise<void>;
}

/** Waits for its turn before it reads rows that others have just lost, if it holds nothing yet. */
export async function approachRows(
  attempt: Approaching,
  model: EntityModel,
  keys: readonly unknown[],
): Promise<void> {
  const { connection, turn, queuePlace, writing, isolation } = attempt;
  if (connection.isBegun || writing.isInside) return;
  // Much may have been lost by the time that a connection is free.
  const reserved = turn.reserve();
  if (reserved) await reserved;
  // Another read of the unit may have begun the transaction: nobody waits in line within one.
  if (connection.isBegun) return;
  const isContested = await queuePlace.take(model, keys, () => turn.passOn());
  // What was begun meanwhile may hold what this would lock, or wait for it.
  const isFree = !connection.isBegun && writing.pending === 0;
  // A snapshot that is taken by a lock which has to wait is outdated already.
  if (!isContested || !isFree || isolation !== 'READ COMMITTED') return;
  const batch = lockOfKeys(model, keys);
  attempt.flushContext.held.noteAhead(batch);
  await attempt.lockAndRead([batch]);
}
