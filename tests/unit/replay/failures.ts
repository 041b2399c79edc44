import * as fc from 'fast-check';
import { ConcurrencyError } from '../../../lib/errors/concurrency-error';
import { TransientError } from '../../../lib/errors/transient-error';
import type { FailedAttempt } from '../../../lib/replay/retry-policy';

/** A failed attempt that a replay may cure: lost to a rival unless said otherwise. */
export function failed(changes: Partial<FailedAttempt> = {}): FailedAttempt {
  return { attempt: 1, elapsedMs: 0, error: new ConcurrencyError('row-version', []), ...changes };
}

/** Any failure that a policy can be asked about. */
export const anyFailure: fc.Arbitrary<FailedAttempt> = fc.record({
  attempt: fc.integer({ min: 1, max: 10_000 }),
  elapsedMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  error: fc.constantFrom(new ConcurrencyError('deadlock', []), new TransientError('lost')),
  previousDelayMs: fc.option(fc.double({ min: 0, max: 60_000, noNaN: true }), { nil: undefined }),
});

/** A draw as Math.random makes it. */
export const anyDraw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Bounds of a wait, the cap never below the base. */
export const anyBackoff = fc
  .tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1e6, noNaN: true }))
  .map(([baseMs, more]) => ({ baseMs, capMs: baseMs + more }));
