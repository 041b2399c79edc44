import { checkAtLeast } from './check-number';
import { retryAfter, type RetryPolicy } from './retry-policy';

/** Bounds of a wait, in milliseconds. */
export interface BackoffOptions {
  /** The wait after attempt 1. */
  readonly baseMs: number;
  /** No wait is longer. */
  readonly capMs: number;
}

/** Waits the same time after every attempt. */
export function constantBackoff(ms: number): RetryPolicy {
  checkAtLeast(0, 'constantBackoff', ms);
  return () => retryAfter(ms);
}

/** Waits `baseMs`, then twice as long after each further attempt, never longer than `capMs`. */
export function exponentialBackoff({ baseMs, capMs }: BackoffOptions): RetryPolicy {
  checkAtLeast(0, 'baseMs', baseMs);
  checkAtLeast(baseMs, 'capMs', capMs);
  return ({ attempt }) => retryAfter(exponentialDelay(baseMs, capMs, attempt));
}

// 2 ** 1024 is Infinity, and 0 * Infinity is NaN: the exponent stops where any cap is reached.
const largestExponent = 60;

function exponentialDelay(baseMs: number, capMs: number, attempt: number): number {
  return Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, largestExponent));
}
