import * as fc from 'fast-check';
import { TransientError } from '../../../lib/errors/transient-error';
import { UsageError } from '../../../lib/errors/usage-error';
import { constantBackoff } from '../../../lib/replay/backoff';
import { allOf } from '../../../lib/replay/combine';
import { escalateAfter } from '../../../lib/replay/escalate-after';
import { fullJitter } from '../../../lib/replay/jitter';
import { failed } from './failures';

it('locks after so many lost races, one if none are named', () => {
  expect(escalateAfter(2)(failed({ attempt: 1 }))).toEqual({ retry: true, delayMs: 0 });
  expect(escalateAfter(2)(failed({ attempt: 2 }))).toEqual({ retry: true, delayMs: 0, lock: true });
  expect(escalateAfter()(failed({ attempt: 1 }))).toEqual({ retry: true, delayMs: 0, lock: true });
});

it('takes no locks for a lost connection', () => {
  const error = new TransientError('lost');

  expect(escalateAfter(1)(failed({ attempt: 5, error }))).toEqual({ retry: true, delayMs: 0 });
});

it('goes on locking once it has begun to, through jitter and allOf', () => {
  const attempts = fc.integer({ min: 1, max: 10_000 });

  fc.assert(
    fc.property(attempts, attempts, (count, attempt) => {
      const waiting = fullJitter(allOf(constantBackoff(5), escalateAfter(count)), () => 0.5);
      const together = allOf(escalateAfter(count), waiting);

      const lock = attempt >= count || undefined;
      expect(together(failed({ attempt }))).toEqual({ retry: true, delayMs: 2.5, lock });
    }),
  );
});

it.each([0, -1, NaN, '2', null])('refuses a count of %p', (count) => {
  expect(() => escalateAfter(count as never)).toThrow(UsageError);
});
