import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../support/clock';

/** A replay that waits or runs; the rows for which it was refused before. */
interface Entry {
  readonly rows: ReadonlySet<string>;
  readonly left: Promise<void>;
  leave(): void;
}

// Whoever holds a row this long is stuck or slow: the row versions guard those who pass him. It is more
// than PostgreSQL's deadlock_timeout, after which the server itself lets somebody go.
const longestPatienceMs = 3_000;
// More than can ever wait for one pool; a longer line would cost more than it saves.
const longestLine = 1_000;

// Whoever knows no row lines up with his like.
const noRow = '';

// A unit that a replay runs and awaits would wait for the place that the replay holds.
const inPlace = new AsyncLocalStorage<true>();

/**
 * Lets replays that lost the same rows go one after the other, in the order in which they came.
 *
 * Units that replay at once, or after a random wait, lose to each other again; in a line each has only
 * first attempts and other processes to fear. Nothing is lined up before a conflict, and nobody who
 * waits holds a connection.
 */
export class ReplayQueue {
  readonly #clock: Clock;
  readonly #entries = new Set<Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether somebody stands in the line of those who know no row. */
  get isBusy(): boolean {
    return [...this.#entries].some(({ rows }) => rows.has(noRow));
  }

  /**
   * Runs a replay when all who came before it for one of its rows are done.
   *
   * @param rows The rows that it was refused for; none if the database named none.
   * @param patienceMs How long it waits for the others at most.
   * @throws The signal's reason, if it is aborted during the wait.
   */
  async run<T>(
    rows: readonly string[],
    replay: () => Promise<T>,
    signal: AbortSignal,
    patienceMs = longestPatienceMs,
  ): Promise<T> {
    if (inPlace.getStore() || this.#entries.size >= longestLine) return replay();
    const entry = newEntry(rows);
    const before = [...this.#entries].filter((other) => shareRow(entry, other));
    this.#entries.add(entry);
    try {
      if (before.length > 0) await this.#waitFor(before, signal, patienceMs);
      return await inPlace.run(true, replay);
    } finally {
      this.#entries.delete(entry);
      entry.leave();
    }
  }

  async #waitFor(before: readonly Entry[], signal: AbortSignal, patienceMs: number): Promise<void> {
    const turn = Promise.all(before.map(({ left }) => left));
    const enough = new AbortController();
    const patience = this.#clock.sleep(patienceMs, AbortSignal.any([signal, enough.signal]));
    try {
      await Promise.race([turn, patience]);
    } finally {
      enough.abort();
    }
  }
}

function newEntry(rows: readonly string[]): Entry {
  let leave = () => {};
  const left = new Promise<void>((resolve) => (leave = resolve));
  return { rows: new Set(rows.length > 0 ? rows : [noRow]), left, leave };
}

function shareRow({ rows }: Entry, other: Entry): boolean {
  return [...rows].some((row) => other.rows.has(row));
}
