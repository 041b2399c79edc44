import { ConcurrencyError } from '../errors/concurrency-error';
import type { GaveUpBy } from '../errors/gave-up-by';
import { UsageError } from '../errors/usage-error';
import type { RetryBudget } from './retry-budget';
import type { FailedAttempt, RetryDecision, RetryPolicy } from './retry-policy';

/** What is decided when all who have a say were asked. */
export type Decided =
  | (RetryDecision & { readonly retry: true })
  | { readonly retry: false; readonly by: GaveUpBy; readonly reason: string };

// A policy that would never stop or never wait meets these.
const mostAttempts = 100;
const longestMs = 60_000;
const leastDelayMs = 1;
const leastDelayFrom = 3;

/**
 * Asks the policy, then the ceilings, and last the budget: only a replay that nobody else refuses
 * costs anything.
 *
 * @throws {UsageError} The policy or the budget threw, or answered nonsense.
 */
export function decide(
  policy: RetryPolicy,
  budget: RetryBudget | undefined,
  failure: FailedAttempt,
): Decided {
  const decision = askPolicy(policy, failure);
  if (!decision.retry) return { retry: false, by: 'policy', reason: decision.reason };
  const { attempt, elapsedMs } = failure;
  if (attempt >= mostAttempts) return ceiling(`${mostAttempts} attempts spent`);
  if (elapsedMs >= longestMs) return ceiling(`${longestMs} ms spent`);
  if (budget && !askBudget(budget, failure)) {
    return { retry: false, by: 'budget', reason: 'the retry budget of the data source is spent' };
  }
  const least = attempt + 1 >= leastDelayFrom ? leastDelayMs : 0;
  const delayMs = Math.min(Math.max(least, decision.delayMs), longestMs - elapsedMs);
  return { ...decision, delayMs };
}

/** Whether a policy would let a unit run again that is refused because it has locked rows out of order. */
export function allowsReplay(
  policy: RetryPolicy,
  { attempt, unitName }: Pick<FailedAttempt, 'attempt' | 'unitName'>,
): boolean {
  const error = new ConcurrencyError('deadlock', []);
  try {
    return askPolicy(policy, { attempt, failures: attempt, elapsedMs: 0, error, unitName }).retry;
  } catch {
    return false;
  }
}

function ceiling(reason: string): Decided {
  return { retry: false, by: 'ceiling', reason };
}

/** One that throws or answers nonsense is the user's mistake and keeps the failure as cause. */
function askPolicy(policy: RetryPolicy, failure: FailedAttempt): RetryDecision {
  const decision = asked('policy', failure, () => policy(failure));
  // Of one that answers a promise nobody awaits the rejection.
  if (decision instanceof Promise) decision.catch(() => undefined);
  if (typeof decision?.retry !== 'boolean') {
    throw new UsageError('the retry policy answered no decision', { cause: failure.error });
  }
  if (decision.retry && !(typeof decision.delayMs === 'number' && decision.delayMs >= 0)) {
    throw new UsageError(`the retry policy answered a wait of ${decision.delayMs} ms`, {
      cause: failure.error,
    });
  }
  return decision;
}

function askBudget(budget: RetryBudget, failure: FailedAttempt): boolean {
  const isTaken: unknown = asked('budget', failure, () => budget.tryTake(failure));
  if (isTaken instanceof Promise) isTaken.catch(() => undefined);
  if (typeof isTaken === 'boolean') return isTaken;
  throw new UsageError('the retry budget answered neither true nor false', {
    cause: failure.error,
  });
}

function asked<T>(who: 'policy' | 'budget', { error }: FailedAttempt, ask: () => T): T {
  try {
    return ask();
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UsageError(`the retry ${who} threw: ${said}`, {
      cause: new AggregateError([thrown, error], `the ${who} and the attempt both failed`),
    });
  }
}
