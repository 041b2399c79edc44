import { seededRandom } from '../../scenarios/harness/random';
import { Orders } from './orders';

/** Walks one order of units with so many steps each, of which none waits for another. */
function walk(orders: Orders, steps: readonly number[]): string {
  const left = [...steps];
  const { choose, end } = orders.next();
  let walked = '';
  for (;;) {
    const ready = left.flatMap((count, unit) => (count > 0 ? [unit] : []));
    if (ready.length === 0) break;
    const unit = choose(ready);
    left[unit]! -= 1;
    walked += unit;
  }
  end();
  return walked;
}

describe('the orders of some units', () => {
  it.each([
    [[3, 3], 20],
    [[1, 4], 5],
    [[2, 2, 2], 90],
  ])('of %j steps are each walked once', (steps, count) => {
    const orders = new Orders(seededRandom(1));
    const walked: string[] = [];

    while (!orders.areExhausted) walked.push(walk(orders, steps));

    expect(walked).toHaveLength(count);
    expect(new Set(walked).size).toBe(count);
    expect(orders.count).toBe(count);
  });

  it('come as chance has it, the same for the same seed', () => {
    const some = (seed: number) => {
      const orders = new Orders(seededRandom(seed));
      return Array.from({ length: 10 }, () => walk(orders, [4, 4]));
    };

    expect(some(1)).toEqual(some(1));
    expect(some(1)).not.toEqual(some(2));
  });
});
