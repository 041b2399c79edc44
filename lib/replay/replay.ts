import type { ConcurrencyError } from '../errors/concurrency-error';
import type { TransientError } from '../errors/transient-error';
import { UsageError } from '../errors/usage-error';
import type { Clock } from '../support/clock';
import type { RetryDecision, RetryPolicy } from './retry-policy';

/** What a replay may cure. */
type Failure = ConcurrencyError | TransientError;

export interface ReplayOptions {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly unitName?: string | undefined;
  /** Which failures may be replayed at all. */
  isReplayable(error: unknown): error is Failure;
}

// A policy that would never stop or never wait meets these.
const mostAttempts = 100;
const longestMs = 60_000;
const leastDelayMs = 1;
const leastDelayFrom = 3;

/**
 * Runs `attempt` until it succeeds, fails for good, or the policy refuses another run.
 *
 * An attempt is told what the one before it failed with.
 *
 * Between two attempts nothing is held: whoever fails has given its connection back.
 *
 * @throws What the last attempt threw; a replayable error then says in `gaveUp` why there was no further one.
 * @throws The signal's reason, if it is aborted during a wait.
 */
export async function replay<T>(
  attempt: (number: number, failure: Failure | undefined) => Promise<T>,
  { policy, clock, signal, unitName, isReplayable }: ReplayOptions,
): Promise<T> {
  const startedAt = clock.now();
  let previousDelayMs: number | undefined;
  let previous: Failure | undefined;
  for (let number = 1; ; number++) {
    try {
      return await attempt(number, previous);
    } catch (error) {
      if (!isReplayable(error)) throw error;
      previous = error;
      error.attempts = number;
      const elapsedMs = clock.now() - startedAt;
      const failure = { attempt: number, elapsedMs, error, unitName, previousDelayMs };
      const decision = bounded(ask(policy, failure), number, elapsedMs);
      if (!decision.retry) {
        error.gaveUp = decision.reason;
        throw error;
      }
      previousDelayMs = decision.delayMs;
      await clock.sleep(decision.delayMs, signal);
    }
  }
}

/** Asks the policy; one that throws or answers nonsense is the user's mistake and keeps the failure as cause. */
function ask(policy: RetryPolicy, failure: Parameters<RetryPolicy>[0]): RetryDecision {
  let decision: RetryDecision;
  try {
    decision = policy(failure);
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UsageError(`the retry policy threw: ${said}`, {
      cause: new AggregateError([thrown, failure.error], 'the policy and the attempt both failed'),
    });
  }
  if (typeof decision?.retry !== 'boolean') {
    throw new UsageError('the retry policy answered no decision', { cause: failure.error });
  }
  if (decision.retry && !(decision.delayMs >= 0)) {
    throw new UsageError(`the retry policy answered a wait of ${decision.delayMs} ms`, {
      cause: failure.error,
    });
  }
  return decision;
}

function bounded(decision: RetryDecision, attempt: number, elapsedMs: number): RetryDecision {
  if (!decision.retry) return decision;
  if (attempt >= mostAttempts) return { retry: false, reason: `${mostAttempts} attempts spent` };
  if (elapsedMs >= longestMs) return { retry: false, reason: `${longestMs} ms spent` };
  const least = attempt + 1 >= leastDelayFrom ? leastDelayMs : 0;
  const delayMs = Math.min(Math.max(least, decision.delayMs), longestMs - elapsedMs);
  return { ...decision, delayMs };
}
