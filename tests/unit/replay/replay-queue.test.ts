import { ReplayQueue } from '../../../lib/replay/replay-queue';
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
  ) =>
    queue.run(
      rows,
      () => {
        started.push(name);
        return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
      },
      signal,
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

  const failed = queue.run(['a'], async () => Promise.reject(new Error('lost again')), signal);
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

it('does not let a replay wait for the one that runs it', async () => {
  const { queue } = setUp();
  const { signal } = new AbortController();

  const outer = queue.run(['a'], () => queue.run(['a'], async () => 'inner', signal), signal);

  await expect(outer).resolves.toBe('inner');
});
