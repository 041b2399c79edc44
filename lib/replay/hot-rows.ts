import type { Clock } from '../support/clock';

/**
 * What is known of a row that somebody lost whose turn it was. contested: it wanted this row and no
 * other. shared: it wanted others too, so that the row must not be locked before they are known.
 */
export type Verdict = 'contested' | 'shared';

interface Heat {
  /** When the row is cold again unless it is lost once more. */
  readonly until: number;
  readonly verdict: Verdict | undefined;
}

// Long enough that a row which is wanted all the time costs little to be found out anew.
const coolsAfterMs = 1_000;
const most = 1_000;

/** The rows that units have lost a moment ago; of very many, the latest. */
export class HotRows {
  readonly #clock: Clock;
  readonly #heats = new Map<string, Heat>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    for (const row of this.#heats.keys()) if (this.has(row)) return false;
    return true;
  }

  has(row: string): boolean {
    return this.#of(row) !== undefined;
  }

  isContested(row: string): boolean {
    return this.#of(row)?.verdict === 'contested';
  }

  heat(row: string, verdict: Verdict | undefined): void {
    const known = this.#of(row)?.verdict;
    // Entered anew, so that the first is always the coldest.
    this.#heats.delete(row);
    this.#heats.set(row, {
      until: this.#clock.now() + coolsAfterMs,
      verdict: known === 'shared' ? known : (verdict ?? known),
    });
    const [coldest] = this.#heats.keys();
    if (this.#heats.size > most && coldest !== undefined) this.#heats.delete(coldest);
  }

  #of(row: string): Heat | undefined {
    const heat = this.#heats.get(row);
    if (!heat || heat.until > this.#clock.now()) return heat;
    this.#heats.delete(row);
    return undefined;
  }
}
