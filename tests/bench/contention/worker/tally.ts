import type { UnitOutcome } from '../policies/policy';
import type { Job, Report } from './job';

type Units = Omit<Report, 'sent' | 'sentAlone'>;

/** Keeps what became of the units of a process. */
export class Tally {
  /** What is measured begins here and ends there, in milliseconds of `performance.now()`. */
  readonly #from: number;
  readonly to: number;
  readonly #finished: number[];
  readonly #latencies: number[] = [];
  readonly #refused: Record<string, number> = {};
  #committed = 0;
  #attempts = 0;
  #mostAttempts = 0;

  constructor({ writers, warmUpMs, ms }: Job) {
    this.#from = performance.now() + warmUpMs;
    this.to = this.#from + ms;
    // The units of an open loop have no writers: they are counted together.
    this.#finished = Array.from({ length: Math.max(1, writers) }, () => 0);
  }

  note(writer: number, beganAt: number, { attempts, refusedBy }: UnitOutcome): void {
    const now = performance.now();
    this.#attempts += attempts;
    this.#mostAttempts = Math.max(this.#mostAttempts, attempts);
    if (refusedBy !== undefined) {
      this.#refused[refusedBy] = (this.#refused[refusedBy] ?? 0) + 1;
      return;
    }
    this.#committed++;
    if (beganAt >= this.#from && beganAt < this.to) this.#latencies.push(now - beganAt);
    if (now < this.#from || now >= this.to) return;
    this.#finished[writer] = (this.#finished[writer] ?? 0) + 1;
  }

  report(): Units {
    return {
      committed: this.#committed,
      finished: this.#finished,
      latencies: this.#latencies,
      attempts: this.#attempts,
      mostAttempts: this.#mostAttempts,
      refused: this.#refused,
    };
  }
}
