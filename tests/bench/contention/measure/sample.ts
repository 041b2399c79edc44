import { quantile } from '../../measure/statistics';
import type { Report, Sent } from '../worker/job';
import { addCounts, sumOf, type Counts } from './add-counts';
import { jainIndex, spreadBetween } from './fairness';

/** What one policy came to in one round of a cell. */
export interface Sample {
  /** Units committed in a second. */
  readonly goodput: number;
  readonly attempts: number;
  readonly mostAttempts: number;
  /**
   * Milliseconds, from the first attempt, or from when the unit was due. Where none was committed, as
   * long as the sample: they would have taken longer.
   */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  /** Statements for a committed unit beyond those of one that nobody disturbs. */
  readonly wasted: number;
  /** Reads that lock, for a committed unit. */
  readonly lockingReads: number;
  /** Units of the writer that finished most, for each of the one that finished fewest. */
  readonly spread: number;
  readonly jain: number;
  /** Units given up, by what their users were told. */
  readonly refused: Counts;
}

export function summarize(reports: readonly Report[], ms: number): Sample {
  const latencies = reports.flatMap((report) => report.latencies);
  const sorted = latencies.length > 0 ? latencies.toSorted((a, b) => a - b) : [ms];
  const finished = reports.flatMap((report) => report.finished);
  const committed = sumOf(reports.map((report) => report.committed));
  const refused = addCounts(reports.map((report) => report.refused));
  const units = committed + sumOf(Object.values(refused));
  const sent = (name: keyof Sent) =>
    sumOf(reports.map((report) => report.sent[name])) / Math.max(1, committed);
  return {
    goodput: (sumOf(finished) * 1_000) / ms,
    attempts: sumOf(reports.map(({ attempts }) => attempts)) / units,
    mostAttempts: Math.max(...reports.map(({ mostAttempts }) => mostAttempts)),
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    longest: quantile(sorted, 1),
    wasted: sent('statements') - Math.max(...reports.map((one) => one.sentAlone.statements)),
    lockingReads: sent('lockingReads'),
    spread: spreadBetween(finished),
    jain: jainIndex(finished),
    refused,
  };
}

export const committedBy = (reports: readonly Report[]): number =>
  sumOf(reports.map(({ committed }) => committed));
