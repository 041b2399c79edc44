import type { DataSourceOptions } from 'typeorm';

import type { IsolationLevel } from '../../../lib/index';

/** What a process of a race is told; it must survive serialisation. */
export interface RaceJob {
  readonly options: Pick<DataSourceOptions, 'type'> & { readonly url: string };
  readonly ids: readonly number[];
  readonly isolation: IsolationLevel | undefined;
  readonly writers: number;
  readonly units: number;
  /** As users have it, or the same without locks; else more patient than users are, without locks. */
  readonly policy?: 'default' | 'default without locks' | undefined;
  /** A unit changes so many of the rows, chosen and ordered by chance; else all of them. */
  readonly pick?: number | undefined;
  /** What chance begins with, in this process. */
  readonly seed?: number | undefined;
  /** Milliseconds after which a writer begins no further unit. */
  readonly endMs?: number | undefined;
}

export interface RaceResult {
  readonly commits: number;
  /** Units that each writer finished. */
  readonly finished: readonly number[];
  /** Attempts that failed and were replayed, by the kind of their error. */
  readonly failures: Readonly<Record<string, number>>;
  /** The attempts of the unit that needed most of them. */
  readonly mostAttempts: number;
  /** The error of each writer that ended before its last unit. */
  readonly refused: readonly string[];
}
