import { ConcurrencyError } from '../errors/concurrency-error';
import { exponentialBackoff } from './backoff';
import { allOf } from './combine';
import { escalateAfter } from './escalate-after';
import { fullJitter } from './jitter';
import { maxAttempts, maxElapsed } from './limits';
import type { RetryPolicy } from './retry-policy';

// A rival is done after milliseconds; a longer cap only lengthens the tail (measured).
const contention = allOf(
  maxAttempts(10),
  maxElapsed(5_000),
  escalateAfter(1),
  fullJitter(exponentialBackoff({ baseMs: 5, capMs: 250 })),
);

// A server that restarts or refuses clients needs time, not more clients.
const infrastructure = allOf(
  maxAttempts(5),
  fullJitter(exponentialBackoff({ baseMs: 50, capMs: 2_000 })),
);

/**
 * Contention: 10 attempts, 5 s, full jitter 5–250 ms, and from the second attempt on the rows are
 * locked before they are read. Infrastructure: 5 attempts, full jitter 50 ms–2 s. Each counts its own
 * failures: who lost five races may still lose a connection.
 */
export const defaultRetryPolicy: RetryPolicy = (failure) => {
  const { failures: attempt = failure.attempt, error } = failure;
  return (ConcurrencyError.is(error) ? contention : infrastructure)({ ...failure, attempt });
};
