import type { IsolationLevel } from '../../lib/index';
import type { Exploration } from './explore';

/** Shares the orders of a run out among trials, and counts what was done with them. */
export class Tally {
  readonly #wanted: number;
  readonly #done: (Exploration & { readonly level: IsolationLevel })[] = [];
  #left: number;
  #started: number | undefined;

  constructor(wanted: number, trials: number) {
    this.#wanted = wanted;
    this.#left = trials;
  }

  get orders(): number {
    return sum(this.#done.map(({ orders }) => orders));
  }

  /** How many orders the next trial may walk: what small ones do not need is left for others. */
  share(): number {
    this.#started ??= performance.now();
    return Math.max(1, Math.ceil((this.#wanted - this.orders) / Math.max(1, this.#left--)));
  }

  add(level: IsolationLevel, exploration: Exploration): void {
    this.#done.push({ ...exploration, level });
  }

  /** One line for each level. */
  describe(database: string, seed: number): string {
    const levels = [...new Set(this.#done.map(({ level }) => level))];
    const lines = levels.map((level) => {
      const trials = this.#done.filter((one) => one.level === level);
      const complete = trials.filter(({ areAll }) => areAll).length;
      return (
        `interleavings on ${database} at ${level}: ${sum(trials.map(({ orders }) => orders))} orders of ` +
        `${trials.length} programs (all orders of ${complete}), ` +
        `${sum(trials.map(({ commits }) => commits))} commits, ` +
        `${sum(trials.map(({ refusals }) => refusals))} refusals\n`
      );
    });
    const seconds = ((performance.now() - (this.#started ?? 0)) / 1_000).toFixed(0);
    const total = `interleavings on ${database}: ${this.orders} orders in ${seconds} s, seed ${seed}\n`;
    return lines.join('') + total;
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
