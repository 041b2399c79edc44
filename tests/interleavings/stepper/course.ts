import type { Exchange } from '../wire/wire';

/** What a unit came to. */
export type Outcome = { readonly result: unknown } | { readonly error: unknown };

/** One statement of one unit, in the order in which they were let through. */
export interface Step {
  readonly unit: number;
  readonly exchange: Exchange;
}

/** One unit, from its first step to the step at which it ended, which may have been another's. */
export interface Life {
  readonly first: number;
  readonly last: number;
  readonly outcome: Outcome;
}

/** What has happened in one order. */
export interface Course {
  readonly steps: readonly Step[];
  readonly lives: readonly Life[];
}
