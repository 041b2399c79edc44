import { ConcurrencyError } from '../../../lib/errors/concurrency-error';
import { TransientError } from '../../../lib/errors/transient-error';
import { UsageError } from '../../../lib/errors/usage-error';
import { constantBackoff } from '../../../lib/replay/backoff';
import { maxAttempts } from '../../../lib/replay/limits';
import { replay, type ReplayOptions } from '../../../lib/replay/replay';
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
  return jest.fn(async (number: number, _failure?: unknown) => {
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
      [1, undefined],
      [2, first],
      [3, second],
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
    const attempt = async (number: number) => {
      clock.advance(5);
      if (number <= 3) throw error;
    };

    await replay(attempt, options(policy, { clock, unitName: 'transfer' }));

    expect(told).toEqual([
      { attempt: 1, elapsedMs: 5, error, unitName: 'transfer', previousDelayMs: undefined },
      { attempt: 2, elapsedMs: 20, error, unitName: 'transfer', previousDelayMs: 10 },
      { attempt: 3, elapsedMs: 45, error, unitName: 'transfer', previousDelayMs: 20 },
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
