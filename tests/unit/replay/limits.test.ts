import * as fc from 'fast-check';
import { UsageError } from '../../../lib/errors/usage-error';
import { maxAttempts, maxElapsed } from '../../../lib/replay/limits';
import { noReplay } from '../../../lib/replay/retry-policy';
import { anyFailure, failed } from './failures';

it('allows so many attempts in all, the first one included', () => {
  const policy = maxAttempts(3);

  expect(policy(failed({ attempt: 1 }))).toEqual({ retry: true, delayMs: 0 });
  expect(policy(failed({ attempt: 2 }))).toEqual({ retry: true, delayMs: 0 });
  expect(policy(failed({ attempt: 3 }))).toEqual({
    retry: false,
    reason: '3 attempts of at most 3 spent',
  });
});

it('never replays where one attempt is allowed', () => {
  expect(maxAttempts(1)(failed()).retry).toBe(false);
});

it('allows no further attempt once the time is spent', () => {
  const policy = maxElapsed(100);

  expect(policy(failed({ elapsedMs: 99.9 }))).toEqual({ retry: true, delayMs: 0 });
  expect(policy(failed({ elapsedMs: 100 }))).toMatchObject({ retry: false });
  expect(policy(failed({ elapsedMs: 123.4 }))).toEqual({
    retry: false,
    reason: '123 ms of at most 100 spent',
  });
  expect(maxElapsed(0)(failed()).retry).toBe(false);
});

it('never allows again what it refused before', () => {
  const policies = [maxAttempts(7), maxElapsed(1_000)];

  fc.assert(
    fc.property(fc.constantFrom(...policies), anyFailure, fc.nat(), (policy, failure, more) => {
      const later = {
        ...failure,
        attempt: failure.attempt + more,
        elapsedMs: failure.elapsedMs + more,
      };

      expect(policy(failure).retry || !policy(later).retry).toBe(true);
    }),
  );
});

it('never replays where replays are switched off', () => {
  fc.assert(fc.property(anyFailure, (failure) => !noReplay(failure).retry));
});

it.each([
  ['maxAttempts', () => maxAttempts(0)],
  ['maxAttempts', () => maxAttempts(NaN)],
  ['maxAttempts', () => maxAttempts('3' as never)],
  ['maxElapsed', () => maxElapsed(-1)],
  ['maxElapsed', () => maxElapsed(undefined as never)],
])('refuses a limit that is none, naming %s', (name, make) => {
  expect(make).toThrow(UsageError);
  expect(make).toThrow(new RegExp(`^${name} must be a number of [01] or more, not `));
});
