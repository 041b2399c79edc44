import * as fc from 'fast-check';
import { ConcurrencyError } from '../../../lib/errors/concurrency-error';
import { TransientError } from '../../../lib/errors/transient-error';
import { constantBackoff } from '../../../lib/replay/backoff';
import { allOf, onlyIf } from '../../../lib/replay/combine';
import { maxAttempts } from '../../../lib/replay/limits';
import type { RetryDecision, RetryPolicy } from '../../../lib/replay/retry-policy';
import { failed } from './failures';

const locking: RetryPolicy = () => ({ retry: true, delayMs: 1, lock: true });

const anyDecision: fc.Arbitrary<RetryDecision> = fc.oneof(
  fc.record({
    retry: fc.constant<true>(true),
    delayMs: fc.double({ min: 0, noNaN: true }),
    lock: fc.option(fc.boolean(), { nil: undefined }),
  }),
  fc.record({ retry: fc.constant<false>(false), reason: fc.string() }),
);

describe('allOf', () => {
  it('takes the longest wait', () => {
    expect(
      allOf(constantBackoff(5), constantBackoff(50), constantBackoff(20))(failed()),
    ).toMatchObject({ retry: true, delayMs: 50 });
  });

  it('locks if any of them asks for it, in whichever place', () => {
    const plain = constantBackoff(5);

    expect(allOf(locking, plain)(failed())).toMatchObject({ delayMs: 5, lock: true });
    expect(allOf(plain, locking)(failed())).toMatchObject({ delayMs: 5, lock: true });
    expect(allOf(plain, plain)(failed())).not.toMatchObject({ lock: true });
  });

  it('passes the first refusal through and asks nobody further', () => {
    const asked = jest.fn(constantBackoff(5));

    const decision = allOf(constantBackoff(5), maxAttempts(1), asked)(failed());

    expect(decision).toEqual({ retry: false, reason: '1 attempts of at most 1 spent' });
    expect(asked).not.toHaveBeenCalled();
  });

  it('keeps a wait that is not a number, so that it can be refused', () => {
    const broken = allOf(constantBackoff(5), () => ({ retry: true, delayMs: NaN }));

    expect(broken(failed())).toMatchObject({ delayMs: NaN });
  });

  it('hands the same failure to every policy', () => {
    const failure = failed({ attempt: 4, unitName: 'transfer' });
    const asked = jest.fn(locking);

    allOf(asked, asked)(failure);

    expect(asked.mock.calls).toEqual([[failure], [failure]]);
  });

  it('agrees exactly if all agree, after no shorter wait than any of them', () => {
    fc.assert(
      fc.property(fc.array(anyDecision), (decisions) => {
        const together = allOf(...decisions.map((decision) => () => decision))(failed());

        expect(together.retry).toBe(decisions.every(({ retry }) => retry));
        if (!together.retry) return;
        const agreed = decisions.filter((decision) => decision.retry);
        expect(together.delayMs).toBe(Math.max(0, ...agreed.map(({ delayMs }) => delayMs)));
        expect(together.lock === true).toBe(agreed.some(({ lock }) => lock));
      }),
    );
  });
});

describe('onlyIf', () => {
  const conflicts = onlyIf(ConcurrencyError.is);

  it('replays what the predicate picks', () => {
    expect(conflicts(failed())).toEqual({ retry: true, delayMs: 0 });
  });

  it('refuses the rest', () => {
    expect(conflicts(failed({ error: new TransientError('lost') }))).toEqual({
      retry: false,
      reason: 'not a failure to be replayed',
    });
  });
});
