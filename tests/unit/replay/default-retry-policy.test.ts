import * as fc from 'fast-check';
import { ConcurrencyError } from '../../../lib/errors/concurrency-error';
import { TransientError } from '../../../lib/errors/transient-error';
import { defaultRetryPolicy } from '../../../lib/replay/default-retry-policy';
import { retryPolicyOf } from '../../../lib/replay/retry-options';
import type { FailedAttempt } from '../../../lib/replay/retry-policy';
import { anyFailure, failed } from './failures';

const lost = (changes: Partial<FailedAttempt>) =>
  defaultRetryPolicy(failed({ error: new TransientError('lost'), ...changes }));
const beaten = (changes: Partial<FailedAttempt>) => defaultRetryPolicy(failed(changes));

/** The longest wait of many draws, in milliseconds. */
function longestWait(attempt: number, error: FailedAttempt['error']): number {
  const waits = Array.from({ length: 500 }, () => {
    const decision = defaultRetryPolicy(failed({ attempt, error }));
    return decision.retry ? decision.delayMs : NaN;
  });
  return Math.max(...waits);
}

it('runs a unit that lost its race at most 10 times within 5 seconds', () => {
  expect(beaten({ attempt: 9, elapsedMs: 4_999 }).retry).toBe(true);
  expect(beaten({ attempt: 10 }).retry).toBe(false);
  expect(beaten({ attempt: 1, elapsedMs: 5_000 }).retry).toBe(false);
});

it('runs a unit that lost its database at most 5 times, however long that takes', () => {
  expect(lost({ attempt: 4, elapsedMs: 50_000 }).retry).toBe(true);
  expect(lost({ attempt: 5 }).retry).toBe(false);
});

it('counts lost races and lost connections apart', () => {
  expect(lost({ attempt: 9, failures: 4 }).retry).toBe(true);
  expect(lost({ attempt: 9, failures: 5 }).retry).toBe(false);
  expect(beaten({ attempt: 12, failures: 9 }).retry).toBe(true);
  expect(beaten({ attempt: 12, failures: 10 }).retry).toBe(false);
});

it('locks after the first lost race, and never for a lost connection', () => {
  expect(beaten({ attempt: 1 })).toMatchObject({ retry: true, lock: true });
  expect(lost({ attempt: 1 })).not.toMatchObject({ lock: true });
});

it('waits milliseconds for a rival and longer for a server', () => {
  const conflict = new ConcurrencyError('deadlock', []);
  const fault = new TransientError('lost');

  expect(longestWait(1, conflict)).toBeLessThan(5);
  expect(longestWait(9, conflict)).toBeLessThan(250);
  expect(longestWait(9, conflict)).toBeGreaterThan(150);
  expect(longestWait(1, fault)).toBeLessThan(50);
  expect(longestWait(4, fault)).toBeLessThan(400);
  expect(longestWait(4, fault)).toBeGreaterThan(250);
});

it('is what a unit without a policy has', () => {
  expect(retryPolicyOf(undefined)).toBe(defaultRetryPolicy);
});

it('never waits a negative time or NaN, and says why it refuses', () => {
  fc.assert(
    fc.property(anyFailure, (failure) => {
      const decision = defaultRetryPolicy(failure);

      if (decision.retry) expect(decision.delayMs).toBeGreaterThanOrEqual(0);
      else expect(decision.reason).toMatch(/spent$/);
    }),
  );
});
