import { editsLinks, editsRelations } from './case';
import type { Comparison } from './compare';

/** Counts what cases were made of. */
export class Tally {
  readonly #started = performance.now();
  readonly #edits = new Map<string, number>();
  #cases = 0;
  #comparable = 0;
  #written = 0;
  #relations = 0;
  #links = 0;
  #refused = 0;

  add({ it, isComparable, isRefused, hasWritten }: Comparison): void {
    this.#cases++;
    if (!isComparable) return;
    this.#comparable++;
    if (isRefused) this.#refused++;
    if (hasWritten) this.#written++;
    if (editsRelations(it)) this.#relations++;
    if (editsLinks(it)) this.#links++;
    for (const edit of it.edits) {
      const name = 'relation' in edit ? `${edit.do} ${edit.relation}` : edit.do;
      this.#edits.set(name, (this.#edits.get(name) ?? 0) + 1);
    }
  }

  get cases(): number {
    return this.#cases;
  }

  /**
   * Shares of the cases: compared at all, and of those that wrote, edited
   * relations, edited link rows, or were refused by the unit for a documented reason.
   */
  get shares() {
    const of = (count: number) => count / Math.max(this.#comparable, 1);
    return {
      compared: this.#comparable / Math.max(this.#cases, 1),
      written: of(this.#written),
      relations: of(this.#relations),
      links: of(this.#links),
      refused: of(this.#refused),
    };
  }

  /** Which edits there were. */
  get edits(): ReadonlyMap<string, number> {
    return this.#edits;
  }

  describe(name: string, seed: number): string {
    const seconds = ((performance.now() - this.#started) / 1_000).toFixed(1);
    const shares = Object.entries(this.shares).map(
      ([what, share]) => `${what} ${(100 * share).toFixed(1)} %`,
    );
    const edits = [...this.#edits]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([edit, count]) => `${count} ${edit}`);
    return (
      `differential on ${name}: ${this.#cases} cases in ${seconds} s, seed ${seed}: ` +
      `${shares.join(', ')}; ${edits.join(', ')}\n`
    );
  }
}
