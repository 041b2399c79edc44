import type { Edge } from './edge';
import type { UnitRecord } from './history';

/**
 * What can be wrong, by Adya's names where there is one.
 *
 * @see https://pmg.csail.mit.edu/papers/adya-phd.pdf (Weak Consistency, 1999), chapters 3 and 4
 */
export type AnomalyKind =
  | 'G0: writes in a circle'
  | 'G1a: aborted read'
  | 'G1b: intermediate read'
  | 'G1c: information in a circle'
  | 'lost update'
  | 'G-single: read skew'
  | 'G2: write skew'
  | 'double apply'
  | 'missing commit'
  | 'unreported write'
  | 'orders that disagree';

export interface Anomaly {
  readonly kind: AnomalyKind;
  readonly message: string;
  /** Those who are concerned. */
  readonly units: readonly UnitRecord[];
}

/** What one of the checkers makes of a history. */
export interface Findings {
  readonly edges: readonly Edge[];
  readonly anomalies: readonly Anomaly[];
}
