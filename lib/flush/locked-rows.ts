import { ConcurrencyError } from '../errors/concurrency-error';
import type { Row } from '../dialect/statement';
import { compareKeys, type EntityKey } from '../model/entity-key';
import type { EntityModel } from '../model/entity-model';
import { rowId } from '../tracking/identity-map';
import { isAsStrong, type LockBatch, type LockedRow } from '../write-set/lock-plan';
import type { LockStrength } from '../write-set/change';

interface Locked {
  readonly model: EntityModel;
  readonly strength: LockStrength;
  /** What the locking read answered: the version, and the columns that were asked for. */
  readonly row: Row;
}

/**
 * The rows that the transaction holds, as its locking reads found them.
 *
 * Nobody else changes them before it ends, so they need no other lock and, where all columns were
 * read, no other read. It is all forgotten as soon as the unit itself sends anything that may write.
 */
export class LockedRows {
  readonly #rows = new Map<string, Locked>();
  /** What was locked before it was known what else would be. */
  #ahead: LockBatch | undefined;

  add({ model, strength, rows }: LockBatch, found: readonly Row[]): void {
    for (const row of found) {
      const key = rows[Number(row['ord'])]?.key;
      if (key) this.#rows.set(rowId(model, key), { model, strength, row });
    }
  }

  /** Remembers that rows are locked though others may be needed that come before them. */
  noteAhead(batch: LockBatch): void {
    this.#ahead = batch;
  }

  /**
   * Refuses to lock rows that come, in the order in which all units lock, before one that was locked ahead
   * of them: two units that did so could wait for each other. A replay locks all of them, in order.
   *
   * @param plan Asked only if rows were locked ahead.
   * @throws {ConcurrencyError} Of kind `deadlock`.
   */
  checkOrder(plan: () => readonly LockBatch[]): void {
    const last = this.#ahead?.rows.at(-1);
    const held = this.#ahead?.model.tableName;
    if (!last || held === undefined) return;
    const isEarly = ({ model: { tableName }, rows: [first] }: LockBatch) =>
      tableName === held
        ? first !== undefined && compareKeys(first.key, last.key) < 0
        : tableName < held;
    if (this.without(plan()).some(isEarly)) throw new ConcurrencyError('deadlock', []);
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  forget(): void {
    this.#rows.clear();
  }

  /** The columns of rows, if all of them were read and none can change: not so under a key lock. */
  read(model: EntityModel, keys: readonly EntityKey[]): readonly Row[] | undefined {
    const found: Row[] = [];
    for (const key of keys) {
      const locked = this.#rows.get(rowId(model, key));
      const isWhole = locked?.model === model && 'c0' in locked.row;
      if (!isWhole || !isAsStrong(locked.strength, 'share')) return undefined;
      found.push(locked.row);
    }
    return found;
  }

  /** What is still to be locked, or compared by the database: everything but rows that are held as needed. */
  without(batches: readonly LockBatch[]): readonly LockBatch[] {
    if (this.isEmpty) return batches;
    return batches.flatMap((batch) => {
      const rows = batch.rows.filter((row) => !this.#holds(batch, row));
      return rows.length > 0 ? [{ ...batch, rows }] : [];
    });
  }

  #holds({ model, strength }: LockBatch, { key, expected, reason }: LockedRow): boolean {
    // Its owner is compared by the database, whoever has locked it before.
    if (reason?.tracked.orphanOf) return false;
    const locked = this.#rows.get(rowId(model, key));
    if (!locked || !isAsStrong(locked.strength, strength)) return false;
    return expected === null || Number(locked.row['version']) === expected;
  }
}
