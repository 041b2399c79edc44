import { UsageError } from '../errors/usage-error';
import { keyId } from '../model/entity-key';
import { breakCircle } from './break-circle';
import { batchIds, makeBatch, type Batch } from './batch';
import type { Write } from './change';
import { findDependencies, type Dependencies } from './dependencies';

/**
 * Puts writes in an order that the constraints allow, in as few batches as that takes.
 *
 * Where the order is free, updates go first, then inserts, then deletes: a guarded row that is
 * stale then ends the flush before anything new is written. A circle of new rows is written in two steps
 * where one of its foreign keys may be NULL.
 *
 * @throws {UsageError} Writes wait for each other in a circle.
 */
export function planWrites(writes: readonly Write[]): Batch[] {
  if (writes.length === 0) return [];
  const queue = new ReadyQueue(writes);
  const batches: Batch[] = [];
  for (let ready = queue.takeBatch(); ready; ready = queue.takeBatch()) {
    batches.push(makeBatch(ready));
  }
  const blocked = queue.blocked();
  if (blocked.length === 0) return batches;
  const broken = breakCircle(writes, blocked);
  if (!broken) throw circle(blocked);
  return planWrites(broken);
}

const rank = { update: 0, insert: 1, delete: 2 } as const;

/** Hands out writes whose predecessors are done, batch by batch. */
class ReadyQueue {
  readonly #dependencies: Dependencies;
  readonly #followers = new Map<Write, Write[]>();
  /** The batches of writes that wait. */
  readonly #ids = new Map<Write, string>();
  readonly #ready = new Map<string, Write[]>();
  /** How many writes of a batch are still to come: a batch that is complete saves a statement. */
  readonly #left = new Map<string, number>();

  constructor(writes: readonly Write[]) {
    this.#dependencies = findDependencies(writes);
    const idOf = batchIds();
    for (const write of writes) {
      const id = idOf(write);
      this.#left.set(id, (this.#left.get(id) ?? 0) + 1);
      const before = this.#dependencies.get(write);
      if (before) this.#ids.set(write, id);
      else append(this.#ready, id, write);
      for (const other of before ?? []) append(this.#followers, other, write);
    }
  }

  takeBatch(): [Write, ...Write[]] | undefined {
    const [best] = [...this.#ready].toSorted(
      ([idA, a], [idB, b]) => this.#cost(idA, a) - this.#cost(idB, b),
    );
    if (!best) return undefined;
    const [id, ready] = best;
    const [first, ...rest] = ready;
    if (!first) return undefined;
    this.#ready.delete(id);
    this.#left.set(id, (this.#left.get(id) ?? 0) - 1 - rest.length);
    if (this.#dependencies.size > 0) for (const write of ready) this.#release(write);
    return [first, ...rest];
  }

  blocked(): Write[] {
    return [...this.#dependencies.keys()];
  }

  #cost(id: string, ready: readonly Write[]): number {
    const isComplete = this.#left.get(id) === ready.length;
    const operation = ready[0]?.operation ?? 'update';
    return (isComplete ? 0 : 10) + rank[operation];
  }

  #release(write: Write): void {
    for (const follower of this.#followers.get(write) ?? []) {
      const before = this.#dependencies.get(follower);
      before?.delete(write);
      if (before?.size !== 0) continue;
      this.#dependencies.delete(follower);
      append(this.#ready, this.#ids.get(follower) ?? '', follower);
    }
  }
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

function circle(blocked: readonly Write[]): UsageError {
  const rows = blocked.slice(0, 5).map(({ operation, tracked: { model, key } }) => {
    return `${operation} of ${model.entityName}(${key ? keyId(key) : 'new'})`;
  });
  return new UsageError(
    `these writes wait for each other: ${rows.join(', ')}; swap unique values, and close circles ` +
      'of required keys, in two steps with a flush() between them',
  );
}
