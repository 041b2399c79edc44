import { ConcurrencyError } from '../errors/concurrency-error';
import { checkAtLeast } from './check-number';
import type { FailedAttempt } from './retry-policy';

/**
 * What all units of a data source may spend on replays together.
 *
 * A policy sees one unit; when the database is overloaded every unit of the process fails, and each of
 * them would ask for more. State belongs here and not in a policy. Both functions are called by the
 * library and answer at once.
 */
export interface RetryBudget {
  /** Takes what a replay after this failure costs; `false`: nothing is left, and the unit gives up. */
  tryTake(failure: FailedAttempt): boolean;
  /** A unit was committed. */
  onCommit(): void;
}

/** A bucket of tokens: it begins full, a replay takes one, and it never holds more than its capacity. */
export interface TokenBucketOptions {
  /** Tokens it holds at most: the replays that may come at once. */
  readonly capacity: number;
  /** Tokens that come back in a second, whatever happens. */
  readonly perSecond: number;
  /** Tokens that come back with every commit. */
  readonly perCommit: number;
}

// Contention: every unit of a crowd on one row needs one replay, and commits then. Infrastructure: of
// Finagle, 20 % of what succeeds and 10 in a second, saved up for 10 s.
// https://finagle.github.io/blog/2016/02/08/retry-budgets/
const usualContention = { capacity: 1_000, perSecond: 50, perCommit: 2 };
const usualInfrastructure = { capacity: 100, perSecond: 10, perCommit: 0.2 };

/**
 * A budget with a bucket for conflicts and another one for faults of the infrastructure, so that a
 * storm on one row cannot take what units need that have lost their connection.
 *
 * @param now Milliseconds since some fixed moment.
 * @throws {UsageError} A number is none, negative, or a capacity of less than 1.
 * @example
 *   const infrastructure = { capacity: 20, perSecond: 2, perCommit: 0.1 };
 *   configureUnitOfWork(dataSource, { budget: tokenBudget({ infrastructure }) });
 */
export function tokenBudget(
  {
    contention = usualContention,
    infrastructure = usualInfrastructure,
  }: {
    readonly contention?: TokenBucketOptions | undefined;
    readonly infrastructure?: TokenBucketOptions | undefined;
  } = {},
  now: () => number = () => performance.now(),
): RetryBudget {
  const forConflicts = new TokenBucket(contention, now);
  const forFaults = new TokenBucket(infrastructure, now);
  return {
    tryTake: ({ error }) => (ConcurrencyError.is(error) ? forConflicts : forFaults).tryTake(),
    onCommit() {
      forConflicts.onCommit();
      forFaults.onCommit();
    },
  };
}

/** Never refuses a replay. */
export const unlimitedBudget: RetryBudget = { tryTake: () => true, onCommit: () => undefined };

class TokenBucket {
  readonly #options: TokenBucketOptions;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  constructor(options: TokenBucketOptions, now: () => number) {
    checkAtLeast(1, 'capacity', options.capacity);
    checkAtLeast(0, 'perSecond', options.perSecond);
    checkAtLeast(0, 'perCommit', options.perCommit);
    this.#options = options;
    this.#now = now;
    this.#tokens = options.capacity;
    this.#filledAt = now();
  }

  tryTake(): boolean {
    this.#fillUp();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  onCommit(): void {
    this.#add(this.#options.perCommit);
  }

  #fillUp(): void {
    const now = this.#now();
    // A clock that was put back takes nothing away.
    if (now > this.#filledAt) this.#add(((now - this.#filledAt) / 1_000) * this.#options.perSecond);
    this.#filledAt = now;
  }

  #add(tokens: number): void {
    this.#tokens = Math.min(this.#options.capacity, this.#tokens + tokens);
  }
}
