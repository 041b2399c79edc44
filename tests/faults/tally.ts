import { faults, type Answer, type Fault, type Objection } from './ledger/judge';

/** Counts what became of units, and what was wrong with it. */
export class Tally {
  readonly #started = performance.now();
  readonly #answers = new Map<Answer, number>();
  readonly #faults = new Map<Fault, number>();
  units = 0;
  /** Messages that met a fate, and those of them that were a COMMIT. */
  cuts = 0;
  cutCommits = 0;
  /** Units of which the answer to COMMIT was lost, and which know what became of it. */
  settled = 0;
  deposits = 0;

  add(answer: Answer, objections: readonly Objection[]): void {
    this.units++;
    this.#answers.set(answer, this.answers(answer) + 1);
    for (const { fault } of objections) this.#faults.set(fault, this.faults(fault) + 1);
  }

  answers(answer: Answer): number {
    return this.#answers.get(answer) ?? 0;
  }

  faults(fault: Fault): number {
    return this.#faults.get(fault) ?? 0;
  }

  describe(what: string): string {
    const seconds = ((performance.now() - this.#started) / 1_000).toFixed(1);
    const wrong = faults.map((fault) => `${this.faults(fault)} of ${fault}`).join(', ');
    return (
      `faults on ${what}: ${this.units} units in ${seconds} s: ` +
      `${this.answers('committed')} committed, ${this.answers('rolled back')} rolled back, ` +
      `${this.answers('unknown')} unknown, ${this.settled} settled; ${this.cuts} cuts ` +
      `(${this.cutCommits} of COMMIT), ${this.deposits} deposits of rivals; ${wrong}\n`
    );
  }
}
