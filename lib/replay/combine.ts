import type { ConcurrencyError } from '../errors/concurrency-error';
import type { TransientError } from '../errors/transient-error';
import { refuse, retryAfter, type RetryDecision, type RetryPolicy } from './retry-policy';

/** Replays only if every policy agrees, after the longest wait and with locks if any of them asks for it. */
export function allOf(...policies: readonly RetryPolicy[]): RetryPolicy {
  return (failure) => {
    let agreed: RetryDecision & { retry: true } = { retry: true, delayMs: 0 };
    for (const policy of policies) {
      const decision = policy(failure);
      if (!decision.retry) return decision;
      agreed = {
        retry: true,
        // NaN must survive to be refused; Math.max keeps it.
        delayMs: Math.max(agreed.delayMs, decision.delayMs),
        lock: agreed.lock || decision.lock,
      };
    }
    return agreed;
  };
}

/** Replays only failures for which the predicate answers true; combine it with limits by `allOf`. */
export function onlyIf(
  predicate: (error: ConcurrencyError | TransientError) => boolean,
): RetryPolicy {
  return ({ error }) => (predicate(error) ? retryAfter(0) : refuse('not a failure to be replayed'));
}
