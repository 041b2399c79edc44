import * as fc from 'fast-check';
import { UsageError } from '../../../lib/errors/usage-error';
import { constantBackoff, exponentialBackoff } from '../../../lib/replay/backoff';
import type { RetryPolicy } from '../../../lib/replay/retry-policy';
import { anyBackoff, anyFailure, failed } from './failures';

function waitsOf(policy: RetryPolicy, attempts: readonly number[]): number[] {
  return attempts.map((attempt) => {
    const decision = policy(failed({ attempt }));
    return decision.retry ? decision.delayMs : NaN;
  });
}

it('waits the same time after every attempt', () => {
  expect(waitsOf(constantBackoff(20), [1, 2, 10_000])).toEqual([20, 20, 20]);
  expect(waitsOf(constantBackoff(0), [1])).toEqual([0]);
});

it('waits the base after attempt 1, twice as long after each further one, up to the cap', () => {
  const policy = exponentialBackoff({ baseMs: 5, capMs: 100 });

  expect(waitsOf(policy, [1, 2, 3, 4, 5, 6, 7])).toEqual([5, 10, 20, 40, 80, 100, 100]);
});

it('stays between base and cap and never falls, up to attempt 10,000', () => {
  const attempt = fc.integer({ min: 1, max: 9_999 });

  fc.assert(
    fc.property(anyBackoff, attempt, (bounds, attempt) => {
      const [wait = NaN, next = NaN] = waitsOf(exponentialBackoff(bounds), [attempt, attempt + 1]);

      expect(wait).toBeGreaterThanOrEqual(bounds.baseMs);
      expect(next).toBeGreaterThanOrEqual(wait);
      expect(next).toBeLessThanOrEqual(bounds.capMs);
    }),
  );
});

it('is the cap after many attempts, and 0 where the base is 0', () => {
  const attempts = [1_024, 1_025, 2_000, 10_000];

  expect(waitsOf(exponentialBackoff({ baseMs: 0.001, capMs: 250 }), attempts)).toEqual(
    Array(4).fill(250),
  );
  expect(waitsOf(exponentialBackoff({ baseMs: 0, capMs: 250 }), attempts)).toEqual(
    Array(4).fill(0),
  );
});

it('answers one failure always alike', () => {
  const policy = exponentialBackoff({ baseMs: 3, capMs: 500 });

  fc.assert(
    fc.property(anyFailure, (failure) => {
      expect(policy(failure)).toEqual(policy({ ...failure }));
    }),
  );
});

it.each([
  ['constantBackoff', () => constantBackoff(-1)],
  ['constantBackoff', () => constantBackoff(NaN)],
  ['baseMs', () => exponentialBackoff({ baseMs: -1, capMs: 5 })],
  ['baseMs', () => exponentialBackoff({ baseMs: NaN, capMs: 5 })],
  ['capMs', () => exponentialBackoff({ baseMs: 10, capMs: 9 })],
  ['capMs', () => exponentialBackoff({ baseMs: 10, capMs: '20' as never })],
])('refuses bounds that are none, naming %s', (name, make) => {
  expect(make).toThrow(UsageError);
  expect(make).toThrow(new RegExp(`^${name} must be a number of \\d+ or more, not `));
});
