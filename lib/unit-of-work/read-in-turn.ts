import type { PoolTurn } from '../adapter/pool-turn';
import type { UnitConnection } from '../adapter/unit-connection';
import type { IsolationLevel } from '../dialect/dialect';
import type { LockedRows } from '../flush/locked-rows';
import type { EntityModel } from '../model/entity-model';
import { lockOfKeys, type LockBatch } from '../write-set/lock-plan';
import type { QueuePlace } from './queue-place';
import type { Writing } from './writing';

/** What an attempt is asked before it reads rows, and does then. */
export interface Approaching {
  readonly isolation: IsolationLevel;
  readonly connection: Pick<UnitConnection, 'isBegun' | 'pending' | 'refuseUse'>;
  readonly turn: PoolTurn;
  readonly queuePlace: QueuePlace;
  readonly writing: Writing;
  readonly flushContext: { readonly held: LockedRows };
  lockAndRead(batches: readonly LockBatch[]): Promise<void>;
}

/** Whose rows are read, by which keys. */
interface Wanted {
  readonly model: EntityModel;
  readonly keys: readonly unknown[];
}

/**
 * Reads rows by their keys when it is the attempt's turn: if it holds nothing yet, it waits for a
 * connection first, and then for its place among those who want a row that others have just lost.
 *
 * The turn is reserved for as long as the read takes and no longer, whatever becomes of it.
 */
export async function readInTurn<T>(
  attempt: Approaching,
  wanted: Wanted,
  read: () => Promise<T>,
): Promise<T> {
  const { connection, turn } = attempt;
  if (!holdsNothing(attempt)) return read();
  connection.refuseUse();
  try {
    const reserved = turn.reserve();
    // Much may have been lost by the time that a connection is free; if none is, the read says so.
    if (!reserved || (await reserved)) await approach(attempt, wanted);
    return await read();
  } finally {
    turn.passOn();
  }
}

/** Whoever holds a connection, or has something under way that will, waits for nobody. */
function holdsNothing({ connection, writing }: Approaching): boolean {
  return !connection.isBegun && connection.pending === 0 && writing.pending === 0;
}

async function approach(attempt: Approaching, { model, keys }: Wanted): Promise<void> {
  if (!holdsNothing(attempt)) return;
  const { turn, queuePlace, isolation } = attempt;
  const isContested = await queuePlace.take(model, keys, () => turn.passOn());
  // A snapshot that is taken by a lock which has to wait is outdated already.
  if (!isContested || isolation !== 'READ COMMITTED') return;
  // What was begun meanwhile may hold what this would lock, or wait for it.
  if (!holdsNothing(attempt)) return;
  const batch = lockOfKeys(model, keys);
  attempt.flushContext.held.noteAhead(batch);
  await attempt.lockAndRead([batch]);
}
