import type { Report } from './checker/check';
import type { EdgeKind } from './checker/edge';
import type { History, Outcome } from './checker/history';

/** Counts what histories were made of. */
export class Tally {
  readonly #started = performance.now();
  readonly #outcomes = new Map<Outcome, number>();
  readonly #edges = new Map<EdgeKind, number>();
  #histories = 0;
  #replays = 0;
  #units = 0;

  get units(): number {
    return this.#units;
  }

  get commits(): number {
    return this.#outcomes.get('committed') ?? 0;
  }

  get replays(): number {
    return this.#replays;
  }

  /** Which kinds of edges there were. */
  get kinds(): EdgeKind[] {
    return [...this.#edges.keys()];
  }

  add({ units }: History, { versions }: Report): void {
    this.#histories++;
    this.#units += units.length;
    for (const { outcome, attempts } of units) {
      this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
      this.#replays += attempts - 1;
    }
    for (const { kind } of versions.edges) this.#edges.set(kind, (this.#edges.get(kind) ?? 0) + 1);
  }

  describe(what: string): string {
    const seconds = ((performance.now() - this.#started) / 1_000).toFixed(1);
    const outcomes = [...this.#outcomes].map(([outcome, count]) => `${count} ${outcome}`);
    const edges = [...this.#edges].map(([kind, count]) => `${count} ${kind}`);
    return (
      `histories on ${what}: ${this.#units} units in ${this.#histories} histories and ${seconds} s: ` +
      `${outcomes.join(', ')}, ${this.#replays} replays; edges: ${edges.join(', ')}\n`
    );
  }
}
