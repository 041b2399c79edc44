import { setImmediate as turn } from 'node:timers/promises';
import { Exclusive } from '../../../lib/support/exclusive';

it('runs one task at a time, in the order in which they were handed over', async () => {
  const exclusive = new Exclusive();
  const events: string[] = [];
  const task = (name: string, turns: number) => async () => {
    events.push(`${name} begins`);
    for (let i = 0; i < turns; i++) await turn();
    events.push(`${name} ends`);
    return name;
  };

  const results = Promise.all([exclusive.run(task('long', 5)), exclusive.run(task('short', 0))]);

  await expect(results).resolves.toEqual(['long', 'short']);
  expect(events).toEqual(['long begins', 'long ends', 'short begins', 'short ends']);
});

it('goes on after a task that failed, whose error only its own caller sees', async () => {
  const exclusive = new Exclusive();
  const failure = new Error('no');

  const failed = exclusive.run(() => Promise.reject(failure));
  const next = exclusive.run(() => Promise.resolve('next'));

  await expect(failed).rejects.toBe(failure);
  await expect(next).resolves.toBe('next');
});

it('turns a task that throws at once into a rejection', async () => {
  const exclusive = new Exclusive();

  const failed = exclusive.run(() => {
    throw new Error('at once');
  });

  await expect(failed).rejects.toThrow('at once');
  await expect(exclusive.run(() => Promise.resolve(1))).resolves.toBe(1);
});
