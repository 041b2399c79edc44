import { ConcurrencyError } from '../errors/concurrency-error';
import type { GaveUpBy } from '../errors/gave-up-by';
import type { TransientError } from '../errors/transient-error';
import type { Clock } from '../support/clock';
import { decide } from './decide';
import { QueueFullError } from './replay-queue';
import type { RetryBudget } from './retry-budget';
import type { FailedAttempt, RetryPolicy } from './retry-policy';

/** What a replay may cure. */
type Failure = ConcurrencyError | TransientError;

export interface ReplayOptions {
  readonly policy: RetryPolicy;
  readonly budget?: RetryBudget | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly unitName?: string | undefined;
  /** Which failures may be replayed at all. */
  isReplayable(error: unknown): error is Failure;
}

/** What an attempt is told. */
export interface AttemptOrder {
  readonly number: number;
  /** What the attempt before it failed with. */
  readonly failure?: Failure;
  /** Whether it is to lock what that one was going to write. */
  readonly isLocking: boolean;
}

/**
 * Runs `attempt` until it succeeds, fails for good, or is refused another run.
 *
 * Between two attempts nothing is held: whoever fails has given its connection back.
 *
 * @throws What the last attempt threw; a replayable error then says in `gaveUp` and `gaveUpBy` why
 *   there was no further one.
 * @throws The signal's reason, if it is aborted during a wait.
 */
export async function replay<T>(
  attempt: (order: AttemptOrder) => Promise<T>,
  { policy, budget, clock, signal, unitName, isReplayable }: ReplayOptions,
): Promise<T> {
  const startedAt = clock.now();
  const failures = { contention: 0, infrastructure: 0 };
  let order: AttemptOrder = { number: 1, isLocking: false };
  let previousDelayMs: number | undefined;
  for (;;) {
    try {
      return await attempt(order);
    } catch (thrown) {
      if (thrown instanceof QueueFullError && order.failure)
        throw givenUp(order.failure, 'queue', thrown.message);
      if (!isReplayable(thrown)) throw thrown;
      const { number } = order;
      thrown.attempts = number;
      const failure: FailedAttempt = {
        attempt: number,
        failures: ++failures[ConcurrencyError.is(thrown) ? 'contention' : 'infrastructure'],
        elapsedMs: clock.now() - startedAt,
        error: thrown,
        unitName,
        previousDelayMs,
      };
      const decision = decide(policy, budget, failure);
      if (!decision.retry) throw givenUp(thrown, decision.by, decision.reason);
      order = { number: number + 1, failure: thrown, isLocking: decision.lock === true };
      previousDelayMs = decision.delayMs;
      await clock.sleep(decision.delayMs, signal);
    }
  }
}

function givenUp(failure: Failure, by: GaveUpBy, reason: string): Failure {
  failure.gaveUp = reason;
  failure.gaveUpBy = by;
  return failure;
}
