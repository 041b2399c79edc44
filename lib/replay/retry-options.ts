import { UsageError } from '../errors/usage-error';
import { exponentialBackoff } from './backoff';
import { checkAtLeast } from './check-number';
import { allOf } from './combine';
import { defaultRetryPolicy } from './default-retry-policy';
import { escalateAfter } from './escalate-after';
import { fullJitter } from './jitter';
import { maxAttempts, maxElapsed } from './limits';
import type { RetryPolicy } from './retry-policy';

/** The common settings of a policy by name; what is left out is as in `defaultRetryPolicy` for contention. */
export interface RetryOptions {
  /** Attempts in all, the first one included. Default 10. */
  readonly maxAttempts?: number | undefined;
  /** No further attempt after this many milliseconds. Default 5,000. */
  readonly maxElapsedMs?: number | undefined;
  /** Upper bound of the wait after attempt 1, in milliseconds. Default 5. */
  readonly baseMs?: number | undefined;
  /** Upper bound of every wait, in milliseconds. Default 250, or `baseMs` if that is more. */
  readonly capMs?: number | undefined;
  /**
   * From this attempt on a unit that lost its race locks, before it reads, what the attempt before was
   * going to write or had asserted. Default 2; `Infinity`: never.
   */
  readonly lockFromAttempt?: number | undefined;
}

const known = new Set(['maxAttempts', 'maxElapsedMs', 'baseMs', 'capMs', 'lockFromAttempt']);

/**
 * Makes a policy of what a user passed as `retry`.
 *
 * @throws {UsageError} An option is unknown or no number of its range.
 */
export function retryPolicyOf(retry: RetryPolicy | RetryOptions | undefined): RetryPolicy {
  if (retry === undefined) return defaultRetryPolicy;
  if (typeof retry === 'function') return retry;
  if (typeof retry !== 'object' || retry === null) {
    throw new UsageError('retry must be a retry policy or an object of retry options');
  }
  const unknown = Object.keys(retry).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new UsageError(`unknown retry option: ${unknown.join(', ')}`);
  const baseMs = retry.baseMs ?? 5;
  const capMs = retry.capMs ?? Math.max(250, baseMs);
  const lockFromAttempt = retry.lockFromAttempt ?? 2;
  checkAtLeast(2, 'lockFromAttempt', lockFromAttempt);
  return allOf(
    maxAttempts(retry.maxAttempts ?? 10),
    maxElapsed(retry.maxElapsedMs ?? 5_000),
    escalateAfter(lockFromAttempt - 1),
    fullJitter(exponentialBackoff({ baseMs, capMs })),
  );
}
