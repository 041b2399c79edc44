import { checkAtLeast } from './check-number';
import { refuse, retryAfter, type RetryPolicy } from './retry-policy';

/**
 * Allows `count` attempts in all, the first one included. `maxAttempts(1)` never replays.
 *
 * @throws {UsageError} `count` is not a number of 1 or more.
 */
export function maxAttempts(count: number): RetryPolicy {
  checkAtLeast(1, 'maxAttempts', count);
  return ({ attempt }) =>
    attempt < count ? retryAfter(0) : refuse(`${attempt} attempts of at most ${count} spent`);
}

/**
 * Allows no further attempt once `ms` milliseconds have passed since the first one began.
 *
 * It does not end an attempt that is running: that is what `timeoutMs` of the unit does.
 *
 * @throws {UsageError} `ms` is not a number of 0 or more.
 */
export function maxElapsed(ms: number): RetryPolicy {
  checkAtLeast(0, 'maxElapsed', ms);
  return ({ elapsedMs }) =>
    elapsedMs < ms ? retryAfter(0) : refuse(`${Math.round(elapsedMs)} ms of at most ${ms} spent`);
}
