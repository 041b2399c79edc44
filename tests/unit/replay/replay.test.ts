import { ConcurrencyError } from '../../../lib/errors/concurrency-error';
import { TransientError } from '../../../lib/errors/transient-error';
import { UsageError } from '../../../lib/errors/usage-error';
import { constantBackoff } from '../../../lib/replay/backoff';
import { maxAttempts } from '../../../lib/replay/limits';
import { replay, type AttemptOrder, type ReplayOptions } from '../../../lib/replay/replay';
import { QueueFullError } from '../../../lib/replay/replay-queue';
import type { RetryBudget } from '../../../lib/replay/retry-budget';
import { noReplay, type FailedAttempt, type RetryPolicy } from '../../../lib/replay/retry-policy';
import { systemClock, type Clock } from '../../../lib/support/clock';

/** A clock that waits no time and writes down every wait. */
class FakeClock implements Clock {
  readonly waits: number[] = [];
  #now = 1_000;

  now() {
    return this.#now;
  }

  advance(ms: number) {
    this.#now += ms;
  }

  async sleep(ms: number) {
    this.waits.push(ms);
    this.#now += ms;
  }
}

const conflict = () => new ConcurrencyError('row-version', []);
const atOnce = constantBackoff(0);

/** An attempt that fails with these errors, one after the other, and then answers its number. */
function failing(...errors: readonly unknown[]) {
  return jest.fn(async ({ number }: AttemptOrder) => {
    if (number <= errors.length) throw errors[number - 1];
    return number;
  });
}

/** An attempt that always loses its race; every failure is an error of its own. */
function losing() {
  return jest.fn(async (): Promise<never> => {
    throw conflict();
  });
}

function isReplayable(error: unknown): error is ConcurrencyError | TransientError {
  return (ConcurrencyError.is(error) && error.replayable) || error instanceof TransientError;
}

function options(policy: RetryPolicy, changes: Partial<ReplayOptions> = {}): ReplayOptions {
  const { signal } = new AbortController();
  return { policy, clock: new FakeClock(), signal, isReplayable, ...changes };
}

describe('the attempts', () => {
  it('are counted from 1, and the first that succeeds is the answer', async () => {
    const [first, second] = [conflict(), new TransientError('lost')];
    const attempt = failing(first, second);

    await expect(replay(attempt, options(atOnce))).resolves.toBe(3);

    expect(attempt.mock.calls).toEqual([
      [{ number: 1, isLocking: false }],
      [{ number: 2, isLocking: false, failure: first }],
      [{ number: 3, isLocking: false, failure: second }],
    ]);
  });

  it('ask no policy if the first one succeeds', async () => {
    const policy = jest.fn(noReplay);

    await replay(failing(), options(policy));

    expect(policy).not.toHaveBeenCalled();
  });

  it.each([
    ['an error of the user', new Error('out of stock')],
    ['a usage error', new UsageError('x')],
    [
      'a conflict that no replay cures',
      new ConcurrencyError('row-version', [], { replayable: false }),
    ],
    ['a wrapped conflict', new Error('x', { cause: conflict() })],
    ['what is no error', 'text'],
    ['nothing', undefined],
  ])('end at %s, which passes through untouched', async (_name, thrown) => {
    const attempt = failing(thrown);
    const before = Object.entries(Object(thrown));

    await expect(replay(attempt, options(atOnce))).rejects.toBe(thrown);

    expect(attempt).toHaveBeenCalledTimes(1);
    expect(Object.entries(Object(thrown))).toEqual(before);
  });

  it('end with the last error, which says how often it was tried and why not again', async () => {
    const errors = [conflict(), conflict(), conflict()];

    const end = replay(failing(...errors), options(maxAttempts(3)));

    await expect(end).rejects.toBe(errors[2]);
    expect(errors.map(({ attempts }) => attempts)).toEqual([1, 2, 3]);
    expect(errors.map(({ gaveUp }) => gaveUp)).toEqual([
      undefined,
      undefined,
      '3 attempts of at most 3 spent',
    ]);
  });

  it('replay a conflict of another copy of the package', async () => {
    const forged = Object.assign(new Error('theirs'), {
      [Symbol.for('typeorm-unit-of-work/ConcurrencyError')]: true,
      replayable: true,
    });

    await expect(replay(failing(forged), options(atOnce))).resolves.toBe(2);
  });
});

describe('the policy', () => {
  it('is told everything that it may decide by', async () => {
    const clock = new FakeClock();
    const error = conflict();
    const told: FailedAttempt[] = [];
    const policy: RetryPolicy = (failure) => {
      told.push(failure);
      return { retry: true, delayMs: 10 * failure.attempt };
    };
    const attempt = async ({ number }: AttemptOrder) => {
      clock.advance(5);
      if (number <= 3) throw error;
    };

    const unitName = 'transfer';
    await replay(attempt, options(policy, { clock, unitName }));

    expect(told).toEqual([
      { attempt: 1, failures: 1, elapsedMs: 5, error, unitName, previousDelayMs: undefined },
      { attempt: 2, failures: 2, elapsedMs: 20, error, unitName, previousDelayMs: 10 },
      { attempt: 3, failures: 3, elapsedMs: 45, error, unitName, previousDelayMs: 20 },
    ]);
    expect(clock.waits).toEqual([10, 20, 30]);
  });

  it('ends the unit if it throws, with both errors as the cause', async () => {
    const error = conflict();
    const thrown = new RangeError('no such queue');
    const policy = () => {
      throw thrown;
    };

    const end = replay(failing(error), options(policy)).catch((reason: unknown) => reason);

    await expect(end).resolves.toBeInstanceOf(UsageError);
    await expect(end).resolves.toMatchObject({
      message: 'the retry policy threw: no such queue',
      cause: { errors: [thrown, error] },
    });
  });

  it.each([undefined, null, true, 5, {}, { retry: 'yes' }])(
    'ends the unit if it answers %p',
    async (answer) => {
      const error = conflict();
      const policy = (() => answer) as unknown as RetryPolicy;

      await expect(replay(failing(error), options(policy))).rejects.toMatchObject({
        name: 'UsageError',
        message: 'the retry policy answered no decision',
        cause: error,
      });
    },
  );

  it.each([NaN, -1, undefined, 'soon'])('ends the unit if it waits %p ms', async (delayMs) => {
    const attempt = losing();
    const policy = (() => ({ retry: true, delayMs })) as unknown as RetryPolicy;

    await expect(replay(attempt, options(policy))).rejects.toMatchObject({
      name: 'UsageError',
      message: `the retry policy answered a wait of ${String(delayMs)} ms`,
    });
    expect(attempt).toHaveBeenCalledTimes(1);
  });
});

describe('the failures', () => {
  it('of rivals and of the infrastructure are counted apart', async () => {
    const told: unknown[] = [];
    const policy: RetryPolicy = ({ attempt, failures }) => {
      told.push([attempt, failures]);
      return { retry: true, delayMs: 0 };
    };
    const fault = () => new TransientError('lost');

    await replay(failing(conflict(), fault(), conflict(), fault()), options(policy));

    expect(told).toEqual([
      [1, 1],
      [2, 1],
      [3, 2],
      [4, 2],
    ]);
  });
});

describe('a lock that the policy asks for', () => {
  it('is for the next attempt alone', async () => {
    const locking: RetryPolicy = ({ attempt }) => ({
      retry: true,
      delayMs: 0,
      lock: attempt === 1,
    });
    const attempt = failing(conflict(), conflict());

    await replay(attempt, options(locking));

    expect(attempt.mock.calls.map(([{ isLocking }]) => isLocking)).toEqual([false, true, false]);
  });
});

describe('the budget', () => {
  it('is asked for each replay that nobody else refuses, and ends the unit when it is spent', async () => {
    const budget = { tryTake: jest.fn(({ attempt }: FailedAttempt) => attempt < 3), onCommit() {} };

    const end = replay(losing(), options(atOnce, { budget }));

    await expect(end).rejects.toMatchObject({
      attempts: 3,
      gaveUp: 'the retry budget of the data source is spent',
      gaveUpBy: 'budget',
    });
    expect(budget.tryTake).toHaveBeenCalledTimes(3);
  });

  it('is not asked for what the policy or a ceiling refuses', async () => {
    const budget = { tryTake: jest.fn(() => true), onCommit() {} };

    const refused = replay(losing(), options(noReplay, { budget }));
    await expect(refused).rejects.toMatchObject({ gaveUpBy: 'policy' });
    expect(budget.tryTake).not.toHaveBeenCalled();

    const endless = replay(losing(), options(atOnce, { budget }));
    await expect(endless).rejects.toMatchObject({ gaveUpBy: 'ceiling' });
    expect(budget.tryTake).toHaveBeenCalledTimes(99);
  });

  it('ends the unit if it throws or answers nonsense', async () => {
    const error = conflict();
    const budget = (tryTake: unknown) => ({ tryTake, onCommit() {} }) as unknown as RetryBudget;
    const thrown = new RangeError('no such bucket');
    const throwing = budget(() => {
      throw thrown;
    });

    await expect(
      replay(failing(error), options(atOnce, { budget: throwing })),
    ).rejects.toMatchObject({
      name: 'UsageError',
      message: 'the retry budget threw: no such bucket',
      cause: { errors: [thrown, error] },
    });
    await expect(
      replay(failing(error), options(atOnce, { budget: budget(() => 'yes') })),
    ).rejects.toMatchObject({
      name: 'UsageError',
      message: 'the retry budget answered neither true nor false',
      cause: error,
    });
  });
});

describe('a line that is full', () => {
  it('ends the unit with the error of the attempt before, whatever the policy says', async () => {
    const error = conflict();
    const policy = jest.fn(atOnce);
    const attempt = jest.fn(async ({ number }: AttemptOrder): Promise<never> => {
      throw number === 1 ? error : new QueueFullError('5 replays wait');
    });

    await expect(replay(attempt, options(policy))).rejects.toBe(error);

    expect(error).toMatchObject({ attempts: 1, gaveUp: '5 replays wait', gaveUpBy: 'queue' });
    expect(policy).toHaveBeenCalledTimes(1);
  });
});

describe('the ceilings', () => {
  it('end a policy that would never stop after 100 attempts', async () => {
    const attempt = losing();

    await expect(replay(attempt, options(atOnce))).rejects.toMatchObject({
      attempts: 100,
      gaveUp: '100 attempts spent',
    });
    expect(attempt).toHaveBeenCalledTimes(100);
  });

  it('let no attempt begin after 60 seconds', async () => {
    const clock = new FakeClock();
    const attempt = losing();

    await expect(
      replay(attempt, options(constantBackoff(25_000), { clock })),
    ).rejects.toMatchObject({ gaveUp: '60000 ms spent' });

    expect(clock.waits).toEqual([25_000, 25_000, 10_000]);
    expect(attempt).toHaveBeenCalledTimes(4);
  });

  it('cut a wait that would never end', async () => {
    const clock = new FakeClock();

    await expect(
      replay(losing(), options(constantBackoff(Infinity), { clock })),
    ).rejects.toMatchObject({ attempts: 2, gaveUp: '60000 ms spent' });

    expect(clock.waits).toEqual([60_000]);
  });

  it('make every attempt from the third on wait 1 ms at least', async () => {
    const clock = new FakeClock();

    await replay(failing(conflict(), conflict(), conflict()), options(atOnce, { clock }));

    expect(clock.waits).toEqual([0, 1, 1]);
  });

  it('leave the reason of the policy to a refusal', async () => {
    const refusing: RetryPolicy = ({ attempt }) =>
      attempt < 100 ? { retry: true, delayMs: 0 } : { retry: false, reason: 'its own' };

    await expect(replay(losing(), options(refusing))).rejects.toMatchObject({ gaveUp: 'its own' });
  });
});

describe('an abort during the wait', () => {
  it('ends it at once with the reason of the signal, and nothing runs again', async () => {
    const controller = new AbortController();
    const reason = new Error('given up');
    const attempt = losing();
    const startedAt = performance.now();
    const changes = { clock: systemClock, signal: controller.signal };

    const end = replay(attempt, options(constantBackoff(30_000), changes));
    setTimeout(() => controller.abort(reason), 10);

    await expect(end).rejects.toBe(reason);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(attempt).toHaveBeenCalledTimes(1);
  });
});
