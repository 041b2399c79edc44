import type { Clock } from '../support/clock';
import { HotRows } from './hot-rows';

/** Somebody's place in the lines of some rows. */
export interface Place {
  /** Whether one of them was lost to somebody who stands in no line here: a turn is no protection. */
  readonly isContested: boolean;
  readonly hasLeft: boolean;
  /** @returns Whether others stand in one of its lines. */
  leave(): boolean;
}

interface Entry extends Place {
  readonly rows: ReadonlySet<string>;
  isContested: boolean;
  hasLeft: boolean;
  /** Whether it went on though somebody before it had not left. */
  wasImpatient: boolean;
}

interface Line {
  /** How many stand in it, those who have their turn included. */
  size: number;
  /** How many of them wait, of those who may be too many. */
  waiting: number;
  /** Settled when all of them have left. */
  cleared: Promise<void>;
  lastLeftAt: number;
}

/** How somebody stands in line. */
export interface Patience {
  /** How long it waits while nobody leaves one of its lines, in milliseconds. */
  readonly ms?: number | undefined;
  /** How many like it may wait for one row; nobody else is counted. */
  readonly maxWaiting?: number | undefined;
}

// Whoever holds a row this long is stuck or slow: the row versions guard those who pass him. It is more
// than PostgreSQL's deadlock_timeout, after which the server itself lets somebody go.
const longestPatienceMs = 3_000;

// Whoever knows no row lines up with his like.
const noRow = '';

/** More wait for a row than may. */
export class QueueFullError extends Error {}

/**
 * Lets units that want the same rows go one after the other, in the order in which they came.
 *
 * Those that replay at once, or after a random wait, lose to each other again; in a line each has only
 * other processes to fear. Nothing is lined up before a conflict, and nobody who waits holds a
 * connection. Everybody enters all of its lines at once and waits for those before it alone, so no two
 * wait for each other.
 */
export class ReplayQueue {
  readonly #clock: Clock;
  readonly #hot: HotRows;
  readonly #lines = new Map<string, Line>();
  #waiting = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#hot = new HotRows(clock);
  }

  /** Whether nobody has lost a row lately. */
  get isIdle(): boolean {
    return this.#lines.size === 0 && this.#hot.isEmpty;
  }

  /** Whether somebody stands in the line of those who know no row. */
  get isBusy(): boolean {
    return this.#lines.has(noRow);
  }

  /** How many wait at this moment. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether one of the rows is waited for, or was lost a moment ago. */
  isHot(rows: readonly string[]): boolean {
    return rows.some((row) => this.#lines.has(row) || this.#hot.has(row));
  }

  /**
   * Notes that somebody lost rows.
   *
   * @param place Where it stood in line.
   * @param wanted All rows that it was going to write, or wanted unchanged.
   */
  noteLost(lost: readonly string[], place: Place | undefined, wanted: readonly string[]): void {
    const { rows = new Set<string>(), wasImpatient } = (place ?? {}) as Partial<Entry>;
    // What nothing is known of may have wanted others too.
    const isAlone = wanted.length > 0 && wanted.every((row) => rows.has(row));
    const verdict = isAlone ? 'contested' : 'shared';
    for (const row of lost.length > 0 ? lost : rows) {
      const isInTurn = wasImpatient === false && rows.has(row);
      this.#hot.heat(row, isInTurn ? verdict : undefined);
    }
  }

  /**
   * Waits until all who came before it for one of the rows have left. Whoever gets a place must leave it.
   *
   * @param rows The rows that it wants; none if it was refused and the database named none.
   * @throws {QueueFullError} Too many wait for one of its rows: it gets no place.
   * @throws The signal's reason, if it is aborted during the wait.
   */
  async enter(
    rows: readonly string[],
    signal: AbortSignal,
    { ms = longestPatienceMs, maxWaiting }: Patience = {},
  ): Promise<Place> {
    const wanted = new Set(rows.length > 0 ? rows : [noRow]);
    const lines = [...wanted].flatMap((row) => this.#lines.get(row) ?? []);
    if (maxWaiting !== undefined && lines.some(({ waiting }) => waiting >= maxWaiting)) {
      throw new QueueFullError(`${maxWaiting} replays wait for one of its rows already`);
    }
    const turn = Promise.all(lines.map(({ cleared }) => cleared));
    const entry = this.#stand(wanted);
    const counted = maxWaiting === undefined ? [] : lines;
    for (const line of counted) line.waiting++;
    try {
      if (lines.length > 0) entry.wasImpatient = !(await this.#wait(turn, lines, signal, ms));
    } catch (error) {
      entry.leave();
      throw error;
    } finally {
      for (const line of counted) line.waiting--;
    }
    // Whoever is alone may await, in the user's code, a rival that would then wait for his lock.
    const isAlone = lines.length === 0;
    entry.isContested = !isAlone && rows.some((row) => this.#hot.isContested(row));
    return entry;
  }

  #stand(rows: ReadonlySet<string>): Entry {
    let tell = () => {};
    const left = new Promise<void>((resolve) => (tell = resolve));
    const entry: Entry = {
      rows,
      isContested: false,
      hasLeft: false,
      wasImpatient: false,
      leave: () => {
        if (entry.hasLeft) return false;
        entry.hasLeft = true;
        for (const row of rows) this.#leaveLine(row);
        tell();
        return [...rows].some((row) => this.#lines.has(row));
      },
    };
    for (const row of rows) {
      const line = this.#lines.get(row);
      if (!line) {
        this.#lines.set(row, { size: 1, waiting: 0, cleared: left, lastLeftAt: -Infinity });
        continue;
      }
      line.size++;
      line.cleared = line.cleared.then(() => left);
    }
    return entry;
  }

  #leaveLine(row: string): void {
    const line = this.#lines.get(row);
    if (!line) return;
    line.size--;
    line.lastLeftAt = this.#clock.now();
    if (line.size === 0) this.#lines.delete(row);
  }

  /** Whether its turn came before its patience ended. */
  async #wait(
    turn: Promise<unknown>,
    lines: readonly Line[],
    signal: AbortSignal,
    ms: number,
  ): Promise<boolean> {
    const enough = new AbortController();
    const abort = () => enough.abort(signal.reason);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    // Every departure gives it hope.
    const losePatience = async () => {
      for (let left = ms; left > 0;) {
        await this.#clock.sleep(left, enough.signal);
        left = ms + Math.max(...lines.map(({ lastLeftAt }) => lastLeftAt)) - this.#clock.now();
      }
      return false;
    };
    this.#waiting++;
    try {
      return await Promise.race([turn.then(() => true), losePatience()]);
    } finally {
      this.#waiting--;
      signal.removeEventListener('abort', abort);
      enough.abort();
    }
  }
}
