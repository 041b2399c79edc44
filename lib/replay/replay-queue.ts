import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../support/clock';

/** A replay that waits or runs; the rows for which it was refused before. */
interface Entry {
  readonly rows: ReadonlySet<string>;
  readonly left: Promise<void>;
  /** What it has started in the background may go on when it has left. */
  hasLeft: boolean;
  leave(): void;
}

/** How somebody stands in line. */
export interface Patience {
  /** How long it waits for the others at most, in milliseconds. */
  readonly ms?: number | undefined;
  /** How many may wait for one row. */
  readonly maxWaiting?: number | undefined;
}

// Whoever holds a row this long is stuck or slow: the row versions guard those who pass him. It is more
// than PostgreSQL's deadlock_timeout, after which the server itself lets somebody go.
const longestPatienceMs = 3_000;

// Whoever knows no row lines up with his like.
const noRow = '';

// A unit that a replay runs and awaits would wait for the place that the replay holds.
const inPlace = new AsyncLocalStorage<Entry>();

/** More replays wait for a row than may. */
export class QueueFullError extends Error {}

/**
 * Lets replays that lost the same rows go one after the other, in the order in which they came.
 *
 * Units that replay at once, or after a random wait, lose to each other again; in a line each has only
 * first attempts and other processes to fear. Nothing is lined up before a conflict, and nobody who
 * waits holds a connection. Everybody waits for those before him alone, so no two wait for each other.
 */
export class ReplayQueue {
  readonly #clock: Clock;
  /** By row: who stands in line for it, in the order in which they came. */
  readonly #lines = new Map<string, Set<Entry>>();
  #waiting = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether somebody stands in the line of those who know no row. */
  get isBusy(): boolean {
    return this.#lines.has(noRow);
  }

  /** Replays that wait at this moment. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Runs a replay when all who came before it for one of its rows are done.
   *
   * @param rows The rows that it was refused for; none if the database named none.
   * @throws {QueueFullError} Too many wait for one of its rows: it was not run.
   * @throws The signal's reason, if it is aborted during the wait.
   */
  async run<T>(
    rows: readonly string[],
    replay: () => Promise<T>,
    signal: AbortSignal,
    { ms = longestPatienceMs, maxWaiting = Infinity }: Patience = {},
  ): Promise<T> {
    if (inPlace.getStore()?.hasLeft === false) return replay();
    const entry = newEntry(rows);
    const lines = [...entry.rows].map((row) => this.#lines.get(row) ?? new Set<Entry>());
    // The first of a line runs and does not wait.
    if (lines.some(({ size }) => size > maxWaiting)) {
      throw new QueueFullError(`${maxWaiting} replays wait for one of its rows already`);
    }
    const before = new Set(lines.flatMap((line) => [...line]));
    this.#enter(entry);
    try {
      if (before.size > 0) await this.#waitFor(before, signal, ms);
      return await inPlace.run(entry, replay);
    } finally {
      this.#leave(entry);
    }
  }

  #enter(entry: Entry): void {
    for (const row of entry.rows) {
      const line = this.#lines.get(row);
      if (line) line.add(entry);
      else this.#lines.set(row, new Set([entry]));
    }
  }

  #leave(entry: Entry): void {
    for (const row of entry.rows) {
      const line = this.#lines.get(row);
      line?.delete(entry);
      if (line?.size === 0) this.#lines.delete(row);
    }
    entry.hasLeft = true;
    entry.leave();
  }

  async #waitFor(before: ReadonlySet<Entry>, signal: AbortSignal, ms: number): Promise<void> {
    const turn = Promise.all([...before].map(({ left }) => left));
    const enough = new AbortController();
    const patience = this.#clock.sleep(ms, AbortSignal.any([signal, enough.signal]));
    this.#waiting++;
    try {
      await Promise.race([turn, patience]);
    } finally {
      this.#waiting--;
      enough.abort();
    }
  }
}

function newEntry(rows: readonly string[]): Entry {
  let leave = () => {};
  const left = new Promise<void>((resolve) => (leave = resolve));
  return { rows: new Set(rows.length > 0 ? rows : [noRow]), left, leave, hasLeft: false };
}
