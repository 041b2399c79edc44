/** Which database system a cell is measured on. */
export const engines = ['postgres', 'mariadb'] as const;
export type BenchEngine = (typeof engines)[number];

export const operations = ['update', 'insert', 'delete'] as const;
export type Operation = (typeof operations)[number];

export const rowCounts: readonly number[] = [1, 10, 100, 1_000, 10_000];

/** What a network in one town adds to every round trip. */
export const networkDelayMs = 2.7;

/** One place of the table: everything that is compared there does the same work. */
export interface Cell {
  readonly engine: BenchEngine;
  readonly operation: Operation;
  readonly rows: number;
  readonly delayMs: number;
}

export const titleOf = ({ engine, operation, rows, delayMs }: Cell): string =>
  `${engine}, ${operation} of ${rows.toLocaleString('en-US')}, ${delayMs === 0 ? 'no delay' : `${delayMs} ms`}`;

/**
 * How many units run one after the other in a sample.
 *
 * A short one alone would measure the clock, and the first after a rest is slower than the next.
 */
export function unitsPerSample({ rows, delayMs }: Pick<Cell, 'rows' | 'delayMs'>): number {
  if (rows <= 10) return delayMs === 0 ? 20 : 5;
  if (rows <= 100) return delayMs === 0 ? 10 : 3;
  return rows <= 1_000 ? 3 : 1;
}
