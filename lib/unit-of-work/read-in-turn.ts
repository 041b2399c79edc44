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
  readonly connection: Pick<UnitConnection, 'isBegun' | 'isSending' | 'refuseUse'>;
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
  const { connection, turn, writing } = attempt;
  // Who is called by what is being sent or written holds a connection, and waits for nobody.
  if (connection.isBegun || connection.isSending || writing.isInside) return read();
  connection.refuseUse();
  try {
    const reserved = turn.reserve();
    if (reserved) await reserved;
    // Much may have been lost by the time that a connection is free.
    await approach(attempt, wanted);
    return await read();
  } finally {
    turn.passOn();
  }
}

async function approach(attempt: Approaching, { model, keys }: Wanted): Promise<void> {
  const { connection, turn, queuePlace, writing, isolation } = attempt;
  // Another read of the attempt has begun the transaction meanwhile: nobody waits in line within one.
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
