import * as fc from 'fast-check';
import { TransientError } from '../../../lib/errors/transient-error';
import { UsageError } from '../../../lib/errors/usage-error';
import { tokenBudget, unlimitedBudget } from '../../../lib/replay/retry-budget';
import { anyFailure, failed } from './failures';

const beaten = failed();
const lost = failed({ error: new TransientError('lost') });

/** A budget whose clock is moved by hand. */
function setUp(options: Parameters<typeof tokenBudget>[0]) {
  const clock = { now: 5_000 };
  return { clock, budget: tokenBudget(options, () => clock.now) };
}

/** How many replays it grants at once. */
function grants(budget: ReturnType<typeof tokenBudget>, failure: typeof beaten): number {
  let count = 0;
  while (count < 5_000 && budget.tryTake(failure)) count++;
  return count;
}

it('grants as many replays at once as it holds, and no more', () => {
  const { budget } = setUp({ contention: { capacity: 3, perSecond: 1, perCommit: 0 } });

  expect(grants(budget, beaten)).toBe(3);
  expect(budget.tryTake(beaten)).toBe(false);
});

it('fills up with time and with commits, never above its capacity', () => {
  const { budget, clock } = setUp({ contention: { capacity: 10, perSecond: 2, perCommit: 0.5 } });
  grants(budget, beaten);

  clock.now += 1_500;
  expect(grants(budget, beaten)).toBe(3);
  for (let commit = 0; commit < 5; commit++) budget.onCommit();
  expect(grants(budget, beaten)).toBe(2);
  clock.now += 3_600_000;
  for (let commit = 0; commit < 500; commit++) budget.onCommit();
  expect(grants(budget, beaten)).toBe(10);
});

it('keeps what it holds for conflicts apart from what it holds for the infrastructure', () => {
  const bucket = { perSecond: 0, perCommit: 0 };
  const { budget } = setUp({
    contention: { capacity: 4, ...bucket },
    infrastructure: { capacity: 2, ...bucket },
  });

  expect(grants(budget, beaten)).toBe(4);
  expect(grants(budget, lost)).toBe(2);
});

it('has enough for a crowd on one row, and little for a database that is away', () => {
  const { budget } = setUp({});

  expect(grants(budget, beaten)).toBe(1_000);
  expect(grants(budget, lost)).toBe(100);
});

it('takes nothing away when the clock is put back', () => {
  const { budget, clock } = setUp({ contention: { capacity: 5, perSecond: 1, perCommit: 0 } });
  grants(budget, beaten);
  clock.now -= 10_000;

  expect(budget.tryTake(beaten)).toBe(false);
  clock.now += 2_000;
  expect(grants(budget, beaten)).toBe(2);
});

it('never grants more than its capacity and what has come back since', () => {
  const amount = fc.double({ min: 0, max: 50, noNaN: true });
  const anyBucket = fc.record({
    capacity: fc.double({ min: 1, max: 50, noNaN: true }),
    perSecond: amount,
    perCommit: amount,
  });
  const anyStep = fc.oneof(
    fc.constant('take' as const),
    fc.constant('commit' as const),
    fc.integer({ min: -500, max: 2_000 }),
  );

  fc.assert(
    fc.property(anyBucket, fc.array(anyStep, { maxLength: 200 }), (bucket, steps) => {
      const { budget, clock } = setUp({ contention: bucket });
      let most = bucket.capacity;
      for (const step of steps) {
        if (step === 'take') {
          if (budget.tryTake(beaten)) most -= 1;
        } else if (step === 'commit') {
          budget.onCommit();
          most += bucket.perCommit;
        } else {
          clock.now += step;
          most += (Math.abs(step) / 1_000) * bucket.perSecond;
        }
      }

      expect(most).toBeGreaterThan(-1e-9);
    }),
  );
});

it('refuses nobody where it is unlimited', () => {
  fc.assert(fc.property(anyFailure, (failure) => unlimitedBudget.tryTake(failure)));
});

it.each([
  ['capacity', { capacity: 0, perSecond: 1, perCommit: 1 }],
  ['capacity', { capacity: NaN, perSecond: 1, perCommit: 1 }],
  ['perSecond', { capacity: 1, perSecond: -1, perCommit: 1 }],
  ['perCommit', { capacity: 1, perSecond: 1, perCommit: '1' as never }],
])('refuses a bucket whose %s is none', (name, bucket) => {
  expect(() => tokenBudget({ infrastructure: bucket })).toThrow(UsageError);
  expect(() => tokenBudget({ contention: bucket })).toThrow(
    new RegExp(`^${name} must be a number`),
  );
});
