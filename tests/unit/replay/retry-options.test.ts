import * as fc from 'fast-check';
import { UsageError } from '../../../lib/errors/usage-error';
import { retryPolicyOf, type RetryOptions } from '../../../lib/replay/retry-options';
import { noReplay, type RetryDecision } from '../../../lib/replay/retry-policy';
import { failed } from './failures';

function longestWait(options: RetryOptions, attempt: number): number {
  const policy = retryPolicyOf(options);
  const waits = Array.from({ length: 500 }, () => {
    const decision = policy(failed({ attempt }));
    return decision.retry ? decision.delayMs : NaN;
  });
  return Math.max(...waits);
}

const isLocking = (decision: RetryDecision) => decision.retry && decision.lock === true;

it('takes a policy as it is', () => {
  expect(retryPolicyOf(noReplay)).toBe(noReplay);
});

it('takes limits by name', () => {
  const policy = retryPolicyOf({ maxAttempts: 2, maxElapsedMs: 50 });

  expect(policy(failed({ attempt: 1 })).retry).toBe(true);
  expect(policy(failed({ attempt: 2 }))).toMatchObject({ reason: '2 attempts of at most 2 spent' });
  expect(policy(failed({ elapsedMs: 50 }))).toMatchObject({ reason: '50 ms of at most 50 spent' });
});

it('fills in what is left out', () => {
  const policy = retryPolicyOf({});

  expect(policy(failed({ attempt: 9, elapsedMs: 4_999 })).retry).toBe(true);
  expect(policy(failed({ attempt: 10 })).retry).toBe(false);
  expect(policy(failed({ elapsedMs: 5_000 })).retry).toBe(false);
  expect(longestWait({ baseMs: undefined }, 1)).toBeLessThan(5);
  expect(longestWait({ maxAttempts: undefined }, 9)).toBeLessThan(250);
});

it('locks from the attempt that is named, or from the second one on', () => {
  const locks = (options: RetryOptions) =>
    [1, 2, 3].map((attempt) => retryPolicyOf(options)(failed({ attempt }))).map(isLocking);

  expect(locks({})).toEqual([true, true, true]);
  expect(locks({ lockFromAttempt: 3 })).toEqual([false, true, true]);
  expect(locks({ lockFromAttempt: Infinity })).toEqual([false, false, false]);
});

it('bounds the waits by base and cap', () => {
  const options = { baseMs: 100, capMs: 150, maxAttempts: 9 };

  expect(longestWait(options, 1)).toBeLessThan(100);
  expect(longestWait(options, 1)).toBeGreaterThan(60);
  expect(longestWait(options, 8)).toBeLessThan(150);
  expect(longestWait(options, 8)).toBeGreaterThan(100);
});

it('raises the cap to a base above it, where no cap is given', () => {
  expect(longestWait({ baseMs: 1_000 }, 1)).toBeGreaterThan(500);
});

it.each<[unknown, string]>([
  [{ retries: 3 }, 'unknown retry option: retries'],
  [{ maxAttempts: 3, delay: 1, factor: 2 }, 'unknown retry option: delay, factor'],
  [{ maxAttempts: 0 }, 'maxAttempts must be a number of 1 or more, not 0'],
  [{ maxElapsedMs: -1 }, 'maxElapsed must be a number of 0 or more, not -1'],
  [{ baseMs: NaN }, 'baseMs must be a number of 0 or more, not NaN'],
  [{ baseMs: '5' }, 'baseMs must be a number of 0 or more, not 5'],
  [{ baseMs: 10, capMs: 5 }, 'capMs must be a number of 10 or more, not 5'],
  [3, 'retry must be a retry policy or an object of retry options'],
  [null, 'retry must be a retry policy or an object of retry options'],
  ['noReplay', 'retry must be a retry policy or an object of retry options'],
])('refuses %p', (retry, message) => {
  expect(() => retryPolicyOf(retry as RetryOptions)).toThrow(new UsageError(message));
});

it('never waits longer than the cap, a negative time or NaN, up to attempt 10,000', () => {
  const waits = fc.double({ min: 0, max: 1e6, noNaN: true });
  const attempts = fc.integer({ min: 1, max: 10_000 });

  fc.assert(
    fc.property(waits, waits, attempts, (baseMs, more, attempt) => {
      const capMs = baseMs + more;
      const policy = retryPolicyOf({ maxAttempts: Infinity, baseMs, capMs });

      const decision = policy(failed({ attempt }));

      expect(decision.retry).toBe(true);
      const { delayMs } = decision as { delayMs: number };
      expect(delayMs >= 0 && delayMs <= capMs).toBe(true);
    }),
  );
});
