import { Crew } from '../crew';
import type { RaceJob, RaceResult } from './race-job';

/** Processes that run races; starting one costs more than a race, so they serve many. */
export class Racers {
  readonly #count: number;
  readonly #crew = new Crew<RaceJob, RaceResult>(require.resolve('./run'));

  constructor(count: number) {
    this.#count = count;
  }

  /** Hands every process the same job, but for its seed; all of them start when the last one is connected. */
  run({ seed = 0, ...job }: RaceJob): Promise<readonly RaceResult[]> {
    return this.#crew.run(
      Array.from({ length: this.#count }, (_, index) => ({ ...job, seed: seed + index })),
    );
  }

  stop(): Promise<void> {
    return this.#crew.end();
  }
}
