import { ConcurrencyError } from '../errors/concurrency-error';
import { exponentialBackoff } from './backoff';
import { allOf } from './combine';
import { fullJitter } from './jitter';
import { maxAttempts, maxElapsed } from './limits';
import type { RetryPolicy } from './retry-policy';

// A rival is done after milliseconds; a longer cap only lengthens the tail (measured).
const contention = allOf(
  maxAttempts(10),
  maxElapsed(5_000),
  fullJitter(exponentialBackoff({ baseMs: 5, capMs: 250 })),
);

// A server that restarts or refuses clients needs time, not more clients.
const infrastructure = allOf(
  maxAttempts(5),
  fullJitter(exponentialBackoff({ baseMs: 50, capMs: 2_000 })),
);

/**
 * Contention: 10 attempts, 5 s, full jitter 5–250 ms. Infrastructure: 5 attempts, full jitter
 * 50 ms–2 s.
 */
export const defaultRetryPolicy: RetryPolicy = (failure) =>
  ConcurrencyError.is(failure.error) ? contention(failure) : infrastructure(failure);
