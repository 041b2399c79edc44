import * as fc from 'fast-check';
import { UsageError } from '../../../lib/errors/usage-error';
import { constantBackoff, exponentialBackoff } from '../../../lib/replay/backoff';
import { decorrelatedJitter, fullJitter } from '../../../lib/replay/jitter';
import { noReplay } from '../../../lib/replay/retry-policy';
import { anyBackoff, anyDraw, anyFailure, failed } from './failures';

// Whole microseconds: the least double times a half is itself.
const wait = fc.nat().map((microseconds) => microseconds / 1_000);

describe('fullJitter', () => {
  it('draws from [0, wait)', () => {
    fc.assert(
      fc.property(wait, anyDraw, (ms, draw) => {
        const decision = fullJitter(constantBackoff(ms), () => draw)(failed());

        expect(decision).toMatchObject({ retry: true, delayMs: draw * ms });
        const { delayMs } = decision as { delayMs: number };
        expect(delayMs === 0 || (delayMs > 0 && delayMs < ms)).toBe(true);
      }),
    );
  });

  it('reaches both ends of the interval', () => {
    expect(fullJitter(constantBackoff(100), () => 0)(failed())).toMatchObject({ delayMs: 0 });
    expect(fullJitter(constantBackoff(100), () => 0.99)(failed())).toMatchObject({ delayMs: 99 });
  });

  it('keeps what it does not change', () => {
    const locking = fullJitter(
      () => ({ retry: true, delayMs: 10, lock: true }),
      () => 0.5,
    );

    expect(locking(failed())).toEqual({ retry: true, delayMs: 5, lock: true });
  });

  it('passes a refusal through without a draw', () => {
    const draw = () => {
      throw new Error('drawn');
    };

    expect(fullJitter(noReplay, draw)(failed())).toEqual({
      retry: false,
      reason: 'replays are switched off',
    });
  });

  it('takes Math.random where no chance is given', () => {
    const policy = fullJitter(exponentialBackoff({ baseMs: 5, capMs: 250 }));
    const waits = Array.from({ length: 50 }, () => policy(failed()));

    expect(new Set(waits.map((decision) => JSON.stringify(decision))).size).toBeGreaterThan(40);
  });
});

describe('decorrelatedJitter', () => {
  it('draws from [base, 3 × previous wait) up to the cap', () => {
    const bounds = { baseMs: 10, capMs: 100 };
    const at = (draw: number, previousDelayMs?: number) =>
      decorrelatedJitter(bounds, () => draw)(failed({ previousDelayMs }));

    expect(at(0)).toEqual({ retry: true, delayMs: 10 });
    expect(at(0.5)).toEqual({ retry: true, delayMs: 20 });
    expect(at(0.5, 30)).toEqual({ retry: true, delayMs: 50 });
    expect(at(0.9, 60)).toEqual({ retry: true, delayMs: 100 });
  });

  it('stays within [base, cap], whatever was waited before', () => {
    fc.assert(
      fc.property(anyBackoff, anyDraw, anyFailure, (bounds, draw, failure) => {
        const decision = decorrelatedJitter(bounds, () => draw)(failure);

        expect(decision.retry).toBe(true);
        const { delayMs } = decision as { delayMs: number };
        expect(delayMs).toBeGreaterThanOrEqual(bounds.baseMs);
        expect(delayMs).toBeLessThanOrEqual(bounds.capMs);
      }),
    );
  });

  it('is a function of the failure and the draw alone', () => {
    const policy = decorrelatedJitter({ baseMs: 5, capMs: 500 }, () => 0.3);

    fc.assert(
      fc.property(anyFailure, (failure) => {
        expect(policy(failure)).toEqual(policy({ ...failure }));
      }),
    );
  });

  it('refuses bounds that are none', () => {
    expect(() => decorrelatedJitter({ baseMs: -1, capMs: 5 })).toThrow(UsageError);
    expect(() => decorrelatedJitter({ baseMs: 10, capMs: 5 })).toThrow(/^capMs must be a number/);
  });
});
