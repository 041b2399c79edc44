import { DelayLine } from '../../bench/proxy/delay-line';

describe('a delay line', () => {
  it('keeps the order and the time of each piece of work', async () => {
    const line = new DelayLine();
    const start = performance.now();
    const done: { readonly name: string; readonly after: number }[] = [];

    await new Promise<void>((resolve) => {
      const note = (name: string) => () => done.push({ name, after: performance.now() - start });
      line.push(3, note('first'));
      line.push(3, note('second'));
      line.push(0, resolve);
    });

    expect(done.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(Math.min(...done.map(({ after }) => after))).toBeGreaterThanOrEqual(3);
  });
});
