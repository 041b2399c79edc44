import type { DataSource } from 'typeorm';

import type { IsolationLevel } from '../../lib/index';
import type { Entities } from '../setup/database/test-database';

/**
 * naive: as the system did it. unit-of-work: as it should be. serial: the naive code with nobody
 * beside it, which shows that the corruption is of concurrency and not of the code or the check.
 */
export type Variant = 'naive' | 'unit-of-work' | 'serial';

/** What one process of a workload is told; it must survive serialisation. */
export interface Share {
  readonly variant: Variant;
  readonly isolation: IsolationLevel;
  /** Which process this is, of how many: a workload divides its writers by them. */
  readonly process: number;
  readonly processes: number;
  /** 1 for the full size of SCENARIOS.md; less for a quick look. */
  readonly size: number;
  readonly seed: number;
}

/** What one process was told by the library or the database. */
export interface Tally {
  /** Operations that were begun. */
  readonly operations: number;
  readonly committed: number;
  /** Operations that ended in an error which callers can expect, by its name and kind. */
  readonly refused: Readonly<Record<string, number>>;
  /** Errors that nobody can expect; a unit of work must have none. */
  readonly unexpected: readonly string[];
  /** How many operations needed 1, 2, … attempts: at index 0 those that needed one. */
  readonly attempts: readonly number[];
  /** The same for each kind of operation, where a scenario promises something about one of them. */
  readonly attemptsOf?: Readonly<Record<string, readonly number[]>>;
  /** Further counts and measurements of the scenario, by a name that a reader understands. */
  readonly counts: Readonly<Record<string, number>>;
}

/** One thing that must never be, and how often it was found. */
export interface Violation {
  readonly what: string;
  readonly count: number;
}

/** One of the five systems: its workload, and what must hold however it was run. */
export interface Scenario {
  readonly name: string;
  /** The system, as the README's table names it. */
  readonly system: string;
  /** What broke there, in a few words. */
  readonly bug: string;
  readonly entities: Entities;
  /** Fills fresh, empty tables. */
  fill(source: DataSource, size: number): Promise<void>;
  /** Runs the writers of one process until the workload is done. */
  work(source: DataSource, share: Share): Promise<Tally>;
  /** Compares the rows with the invariant and with what the processes were told; all counts are 0 if all is well. */
  inspect(source: DataSource, tallies: readonly Tally[]): Promise<readonly Violation[]>;
}
