import type { Random } from '../support/random';
import type { BackoffOptions } from './backoff';
import { checkAtLeast } from './check-number';
import { retryAfter, type RetryPolicy } from './retry-policy';

/**
 * Replaces each wait with a uniform draw from `[0, wait)`.
 *
 * Writers that lost the same race would otherwise wake together and race again.
 *
 * @see "Full Jitter" in https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function fullJitter(policy: RetryPolicy, random: Random = Math.random): RetryPolicy {
  return (failure) => {
    const decision = policy(failure);
    return decision.retry
      ? { ...decision, delayMs: random() * finite(decision.delayMs) }
      : decision;
  };
}

/**
 * Waits a uniform draw from `[baseMs, 3 * previous wait)`, never longer than `capMs`.
 *
 * The waits grow by chance instead of by the number of the attempt, so writers drift apart.
 *
 * @see "Decorrelated Jitter" in https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function decorrelatedJitter(
  { baseMs, capMs }: BackoffOptions,
  random: Random = Math.random,
): RetryPolicy {
  checkAtLeast(0, 'baseMs', baseMs);
  checkAtLeast(baseMs, 'capMs', capMs);
  return ({ previousDelayMs }) => {
    const upper = finite(Math.max(baseMs, 3 * (previousDelayMs ?? baseMs)));
    return retryAfter(Math.min(capMs, baseMs + random() * (upper - baseMs)));
  };
}

/** 0 * Infinity is NaN. */
function finite(ms: number): number {
  return ms === Infinity ? Number.MAX_VALUE : ms;
}
