import type { GaveUpBy } from '../errors/gave-up-by';

/** What the units of a data source have had to do because they were not alone. */
export interface ReplayStatistics {
  /** Attempts after the first one of a unit. */
  readonly replays: number;
  /** Those of them that locked rows before they read. */
  readonly lockingReplays: number;
  /** Replays that stand in line for a row at this moment. */
  readonly waiting: number;
  /** Units that were refused a further attempt, by who refused it. */
  readonly gaveUp: Readonly<Record<GaveUpBy, number>>;
}

/** The same as it is counted. */
export class ReplayCounts {
  replays = 0;
  lockingReplays = 0;
  readonly gaveUp: Record<GaveUpBy, number> = { policy: 0, ceiling: 0, budget: 0, queue: 0 };
}
