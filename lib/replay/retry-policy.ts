import type { ConcurrencyError } from '../errors/concurrency-error';
import type { TransientError } from '../errors/transient-error';

/** What a policy knows when it is asked: one attempt has failed in a way that a replay may cure. */
export interface FailedAttempt {
  /** The attempt that failed; the first run is attempt 1. */
  readonly attempt: number;
  /**
   * Attempts of this unit that failed as this one did, by contention or by the infrastructure; this one
   * included.
   */
  readonly failures?: number | undefined;
  /** Since the first attempt began, in milliseconds, waits included. */
  readonly elapsedMs: number;
  readonly error: ConcurrencyError | TransientError;
  readonly unitName?: string | undefined;
  /** The wait before the attempt that failed; missing for the first. */
  readonly previousDelayMs?: number | undefined;
}

/**
 * Whether the unit runs again, and if so after how many milliseconds. With `lock` the next attempt locks,
 * before it reads, what the failed one was going to write or had asserted.
 */
export type RetryDecision =
  | { readonly retry: true; readonly delayMs: number; readonly lock?: boolean | undefined }
  | { readonly retry: false; readonly reason: string };

/**
 * Decides after a failed attempt whether the unit runs again, and after which wait.
 *
 * A policy is a pure function of the failure: one value serves many units at once, and may be asked
 * about a failure that has not happened.
 */
export type RetryPolicy = (failure: FailedAttempt) => RetryDecision;

export function retryAfter(delayMs: number): RetryDecision {
  return { retry: true, delayMs };
}

export function refuse(reason: string): RetryDecision {
  return { retry: false, reason };
}

/** Never runs a unit twice: the first conflict is the answer. */
export const noReplay: RetryPolicy = () => refuse('replays are switched off');
