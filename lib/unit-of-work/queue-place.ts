import { setImmediate } from 'node:timers/promises';
import type { ConcurrencyError } from '../errors/concurrency-error';
import { keyId } from '../model/entity-key';
import type { EntityModel } from '../model/entity-model';
import type { Place, ReplayQueue } from '../replay/replay-queue';
import { rowId } from '../tracking/identity-map';
import type { LockBatch } from '../write-set/lock-plan';

/** Where an attempt lines up, and the place that it has there already. */
export interface QueuePlaceOptions {
  /** `undefined`: units do not line up. */
  readonly queue: ReplayQueue | undefined;
  readonly signal: AbortSignal;
  readonly place: Place | undefined;
  /** Whether it is awaited by another unit, or was lost before. */
  readonly isAwaited: boolean;
  /** Whether a unit runs this one that others wait for already. */
  isSurrounded(): boolean;
  /** Whether the attempt may fail only because it has locked a row before others. */
  mayFail(): boolean;
}

// Whoever has a place may wait, in the user's code, for somebody who stands behind it.
const patienceMs = 1_000;

/**
 * An attempt's place in the lines of rows that are fought for: a replay has one before it begins, a
 * first attempt takes one before it reads such a row, if it holds nothing yet that others wait for.
 */
export class QueuePlace {
  readonly #options: QueuePlaceOptions;
  #own: Place | undefined;
  #entering: Promise<boolean> | undefined;
  #isOver = false;
  #isFollowed = false;

  constructor(options: QueuePlaceOptions) {
    this.#options = options;
  }

  /** Whether somebody waits, or would wait, until this attempt has ended. */
  get isInPlace(): boolean {
    return this.#entering !== undefined || this.#place?.hasLeft === false;
  }

  /** Whether somebody may wait until it ends, so that it goes before those who have not begun. */
  get isAwaited(): boolean {
    return this.#options.isAwaited || this.isInPlace;
  }

  /**
   * Waits until it is its turn to read rows.
   *
   * @param letGo Lets go, before it waits, of what others could use meanwhile.
   * @returns Whether a turn is not enough: the rows should be locked before they are read.
   */
  async take(model: EntityModel, keys: readonly unknown[], letGo: () => void): Promise<boolean> {
    const { queue } = this.#options;
    if (!queue || queue.isIdle || this.#place || this.#isOver) return false;
    // One place at most: whoever finds several rows at once has the first one's.
    if (this.#entering) {
      letGo();
      return this.#entering.then(() => false);
    }
    const rows = keys.map((key) => rowId(model, [key]));
    if (!queue.isHot(rows) || this.#options.isSurrounded()) return false;
    letGo();
    this.#entering = this.#enter(queue, rows);
    try {
      return await this.#entering;
    } finally {
      this.#entering = undefined;
    }
  }

  async #enter(queue: ReplayQueue, rows: readonly string[]): Promise<boolean> {
    const place = await queue.enter(rows, this.#options.signal, { ms: patienceMs });
    this.#own = place;
    // The attempt has ended while it waited.
    if (this.#isOver) place.leave();
    return place.isContested && !this.#isOver && this.#options.mayFail();
  }

  /** Tells the queue which rows the attempt has lost, of those that it wanted. */
  noteLost(error: ConcurrencyError, wanted: readonly LockBatch[]): void {
    const names = wanted.flatMap(({ model, rows }) => rows.map(({ key }) => rowId(model, key)));
    this.#options.queue?.noteLost(rowsOf(error), this.#place, names);
  }

  leave(): void {
    this.#isOver = true;
    this.#isFollowed ||= this.#own?.leave() ?? false;
  }

  /** Once it has left, lets those read first who waited for that: they wait for an answer next. */
  async giveWay(): Promise<void> {
    if (this.#isFollowed) await setImmediate();
  }

  get #place(): Place | undefined {
    return this.#own ?? this.#options.place;
  }
}

/** What the lines of the rows are called that a unit was refused for. */
export function rowsOf({ conflicts }: ConcurrencyError): string[] {
  return conflicts.map(({ tableName, key }) => `${tableName} ${keyId(key)}`);
}
