import { systemClock } from '../../../lib/support/clock';

it('never goes back', () => {
  const times = Array.from({ length: 1_000 }, () => systemClock.now());

  expect(times).toEqual(times.toSorted((left, right) => left - right));
});

it('waits about as long as it is told', async () => {
  const startedAt = systemClock.now();

  await systemClock.sleep(30, new AbortController().signal);

  // A timer counts whole milliseconds, so it may end a fraction early.
  expect(systemClock.now() - startedAt).toBeGreaterThanOrEqual(29);
});

it('ends a wait at once with the very reason of the signal', async () => {
  const controller = new AbortController();
  const reason = new Error('given up');
  const startedAt = systemClock.now();

  const wait = systemClock.sleep(60_000, controller.signal);
  controller.abort(reason);

  await expect(wait).rejects.toBe(reason);
  expect(systemClock.now() - startedAt).toBeLessThan(5_000);
});

it('does not wait at all for a signal that is aborted already', async () => {
  const wait = systemClock.sleep(60_000, AbortSignal.abort('given up before'));

  await expect(wait).rejects.toBe('given up before');
});
