import * as fc from 'fast-check';
import { QueueFullError, ReplayQueue, type Patience } from '../../../lib/replay/replay-queue';
import type { Clock } from '../../../lib/support/clock';

/** Time passes when a test says so. */
class HandClock implements Clock {
  readonly #sleepers: (() => void)[] = [];

  now(): number {
    return 0;
  }

  sleep(_ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      this.#sleepers.push(resolve);
    });
  }

  pass(): void {
    for (const wake of this.#sleepers.splice(0)) wake();
  }
}

/** Runs a replay when it is its turn. */
async function run<T>(
  queue: ReplayQueue,
  rows: readonly string[],
  replay: () => Promise<T>,
  signal: AbortSignal,
  patience?: Patience,
): Promise<T> {
  const place = await queue.enter(rows, signal, patience);
  try {
    return await replay();
  } finally {
    place.leave();
  }
}

/** A queue, and replays that go on when the test lets them. */
function setUp() {
  const clock = new HandClock();
  const queue = new ReplayQueue(clock);
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const enter = (
    name: string,
    rows: readonly string[],
    signal: AbortSignal = new AbortController().signal,
    maxWaiting?: number,
  ) =>
    run(
      queue,
      rows,
      () => {
        started.push(name);
        return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
      },
      signal,
      { maxWaiting },
    );
  const end = async (name: string) => {
    ends.get(name)?.();
    await settled();
  };
  return { clock, queue, started, enter, end };
}

/** Everything that can go on without time passing has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('runs replays that lost the same row one after the other, in the order in which they came', async () => {
  const { started, enter, end } = setUp();

  const all = ['first', 'second', 'third'].map((name) => enter(name, ['account 7']));
  await settled();
  const atOnce = [...started];
  await end('first');
  await end('second');
  await end('third');

  expect(atOnce).toEqual(['first']);
  expect(started).toEqual(['first', 'second', 'third']);
  await expect(Promise.all(all)).resolves.toEqual(['first', 'second', 'third']);
});

it('lets replays of other rows pass', async () => {
  const { started, enter } = setUp();

  void enter('seven', ['account 7']);
  void enter('eight', ['account 8']);
  void enter('both', ['account 7', 'account 8']);
  void enter('nine', ['account 9']);
  await settled();

  expect(started).toEqual(['seven', 'eight', 'nine']);
});

it('lines up the replays for which the database named no row', async () => {
  const { queue, started, enter, end } = setUp();

  void enter('named', ['account 7']);
  const isBusyForRows = queue.isBusy;
  void enter('first', []);
  void enter('second', []);
  await settled();
  const atOnce = [...started];
  await end('first');

  expect(isBusyForRows).toBe(false);
  expect(atOnce).toEqual(['named', 'first']);
  expect(queue.isBusy).toBe(true);
  expect(started).toEqual(['named', 'first', 'second']);
});

it('lets the next one go when a replay fails', async () => {
  const { queue, started, enter } = setUp();
  const { signal } = new AbortController();

  const failed = run(queue, ['a'], async () => Promise.reject(new Error('lost again')), signal);
  void enter('next', ['a']);

  await expect(failed).rejects.toThrow('lost again');
  await settled();
  expect(started).toEqual(['next']);
});

it('ends a wait at once when it is aborted, and whoever comes later waits for the others alone', async () => {
  const { started, enter, end } = setUp();
  const controller = new AbortController();

  void enter('first', ['a']);
  const aborted = enter('second', ['a'], controller.signal);
  void enter('third', ['a']);
  controller.abort(new Error('too late'));

  await expect(aborted).rejects.toThrow('too late');
  await end('first');
  expect(started).toEqual(['first', 'third']);
});

it('waits for nobody longer than its patience', async () => {
  const { clock, started, enter } = setUp();

  void enter('stuck', ['a']);
  void enter('second', ['a']);
  await settled();
  clock.pass();
  await settled();

  expect(started).toEqual(['stuck', 'second']);
});

it('refuses whoever would be one too many for a row, and nobody else', async () => {
  const { queue, started, enter, end } = setUp();
  const bounded = (name: string, rows: readonly string[]) => enter(name, rows, undefined, 2);

  void bounded('runs', ['a']);
  void bounded('waits', ['a']);
  void bounded('waits too', ['a']);
  const tooMany = bounded('too many', ['b', 'a']);
  void bounded('other row', ['b']);

  await expect(tooMany).rejects.toThrow(
    new QueueFullError('2 replays wait for one of its rows already'),
  );
  expect(started).toEqual(['runs', 'other row']);
  expect(queue.waiting).toBe(2);
  await end('runs');
  void bounded('later', ['a']);
  await settled();
  expect(started).toEqual(['runs', 'other row', 'waits']);
  expect(queue.waiting).toBe(2);
});

it('refuses whoever would have to wait where nobody may', async () => {
  const { started, enter } = setUp();

  void enter('runs', ['a'], undefined, 0);
  const second = enter('second', ['a'], undefined, 0);

  await expect(second).rejects.toBeInstanceOf(QueueFullError);
  expect(started).toEqual(['runs']);
});

it('lets everybody go who enters any rows in any order, and is empty then', async () => {
  const anyRows = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 });
  const anyEntry = fc.record({ rows: anyRows, fails: fc.boolean(), aborts: fc.boolean() });

  await fc.assert(
    fc.asyncProperty(fc.array(anyEntry, { maxLength: 12 }), async (entries) => {
      const queue = new ReplayQueue(new HandClock());
      const running = new Set<string>();
      const ends = entries.map(({ rows, fails, aborts }) => {
        const controller = new AbortController();
        const lines = rows.length > 0 ? rows : ['none'];
        const replay = async () => {
          expect(lines.filter((row) => running.has(row))).toEqual([]);
          for (const row of lines) running.add(row);
          await settled();
          for (const row of lines) running.delete(row);
          if (fails) throw new Error('lost again');
        };
        const end = run(queue, rows, replay, controller.signal);
        if (aborts) controller.abort(new Error('too late'));
        return end;
      });

      await Promise.allSettled(ends);

      expect([queue.waiting, queue.isBusy]).toEqual([0, false]);
    }),
  );
});
