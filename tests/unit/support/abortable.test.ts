import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { abortable } from '../../../lib/support/abortable';

const never = new Promise<never>(() => undefined);

it('answers what the promise answers', async () => {
  const { signal } = new AbortController();

  await expect(abortable(Promise.resolve(7), signal)).resolves.toBe(7);
  await expect(abortable(Promise.reject(new Error('own')), signal)).rejects.toThrow('own');
});

it('ends at once with the reason of the signal', async () => {
  const controller = new AbortController();
  const reason = new Error('given up');

  const wait = abortable(never, controller.signal);
  controller.abort(reason);

  await expect(wait).rejects.toBe(reason);
});

it('does not begin to wait for a signal that is aborted already', async () => {
  const reason = new Error('given up before');

  await expect(abortable(never, AbortSignal.abort(reason))).rejects.toBe(reason);
});

it('drops an error that comes after the abort, so that it never counts as unhandled', async () => {
  const controller = new AbortController();
  const unhandled: unknown[] = [];
  const listen = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', listen);
  let fail: (error: Error) => void = () => undefined;
  const promise = new Promise<never>((_, reject) => (fail = reject));

  const wait = abortable(promise, controller.signal);
  controller.abort(new Error('given up'));
  await expect(wait).rejects.toThrow('given up');
  fail(new Error('too late'));
  await turn();
  await turn();

  process.off('unhandledRejection', listen);
  expect(unhandled).toEqual([]);
});

it('leaves no listener on a signal that outlives it', async () => {
  const { signal } = new AbortController();

  await abortable(Promise.resolve(1), signal);
  await abortable(Promise.reject(new Error('own')), signal).catch(() => undefined);

  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
