import type { Guard, Target } from '../programs/program';

/** A row in memory. */
export interface Entry {
  readonly id: number;
  entries: string;
  readonly version: number;
}

/** What a program is played on. */
export interface Rows {
  find(target: Target): Promise<Entry | null>;
  /** Makes the missing row of a target. */
  add(target: Target, entries: string): Entry;
  change(entry: Entry, entries: string): void;
  remove(entry: Entry): void;
  /** Keeps others from changing a row until the commit; false: it is no longer where it was found. */
  guard(entry: Entry, guard: Guard, target: Target): Promise<boolean>;
  flush(): Promise<void>;
}

/** The error by which a program fails by itself. */
export class Thrown extends Error {}
