import type { BenchEngine, Operation } from '../cells';

export const peerNames = [
  'hand-written',
  'hand-written-short',
  'unit-of-work',
  'typeorm-1',
  'typeorm-0.3',
  'mikro-orm',
] as const;
export type PeerName = (typeof peerNames)[number];

/** The database that a peer works on, perhaps through a proxy. */
export interface Target {
  readonly engine: BenchEngine;
  readonly url: string;
}

/** Keys that follow each other, so that a reader may name them one by one or by their ends. */
export interface KeyRange {
  readonly first: number;
  readonly count: number;
}

/** How rows are found: by a list of their keys, or by the ends of a range, which has no limit. */
export type Load = 'keys' | 'range';

/** The work of one sample: units that run one after the other, each on rows of its own. */
export interface Job {
  readonly operation: Operation;
  readonly load: Load;
  readonly units: readonly KeyRange[];
  /** Which statement the hand-written peers use; the others have no choice. */
  readonly form: string;
}

/**
 * One way to load rows, change them and write them back in a transaction at READ COMMITTED.
 *
 * Update: load, change one column of each, write; delete: load, delete; insert: new rows.
 */
export interface Peer {
  readonly name: PeerName;
  /** Does the work and answers the milliseconds that it took. */
  run(job: Job): Promise<number>;
  close(): Promise<void>;
}

export const keysOf = ({ first, count }: KeyRange): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

export const lastOf = ({ first, count }: KeyRange): number => first + count - 1;

/** Runs the units of a job one after the other. */
export async function timeUnits(
  { units }: Job,
  runUnit: (keys: KeyRange) => Promise<void>,
): Promise<number> {
  const start = performance.now();
  for (const keys of units) await runUnit(keys);
  return performance.now() - start;
}
