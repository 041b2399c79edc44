import { ConcurrencyError } from '../errors/concurrency-error';
import { checkAtLeast } from './check-number';
import { retryAfter, type RetryPolicy } from './retry-policy';

/**
 * Makes every attempt after `count` lost ones lock, before it reads, what the one before it was going to
 * write or had asserted. Combine it with limits and waits by `allOf`.
 *
 * Whoever holds the locks cannot lose those rows any more, so the number of attempts is bounded, also
 * between processes; on a cluster only between those that lock on one server. A lost connection takes
 * no locks: nobody was in the way.
 *
 * @throws {UsageError} `count` is not a number of 1 or more.
 * @see MOCC, Wang and Kimura, VLDB 2016: locks for what was found to be contended
 * @example
 *   const retry = allOf(maxAttempts(5), escalateAfter(2), constantBackoff(10));
 */
export function escalateAfter(count = 1): RetryPolicy {
  checkAtLeast(1, 'escalateAfter', count);
  return ({ attempt, error }) =>
    attempt >= count && ConcurrencyError.is(error)
      ? { retry: true, delayMs: 0, lock: true }
      : retryAfter(0);
}
