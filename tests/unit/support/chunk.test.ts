import * as fc from 'fast-check';
import { chunk } from '../../../lib/support/chunk';

const identity = (item: number) => item;

it('cuts a list into runs of at most so many items and keeps their order', () => {
  expect(chunk([1, 2, 3, 4, 5], { items: 2 })).toEqual([[1, 2], [3, 4], [5]]);
});

it('makes no chunk of an empty list', () => {
  expect(chunk([], { items: 2 })).toEqual([]);
});

it('begins a chunk where the next item would make the last one too heavy', () => {
  expect(chunk([4, 6, 1, 9], { items: 10, weight: 10, weigh: identity })).toEqual([
    [4, 6],
    [1, 9],
  ]);
});

it('lets an item that is heavier than the limit stand alone, and forgets its weight', () => {
  const chunks = chunk([1, 99, 1, 9], { items: 10, weight: 10, weigh: identity });

  expect(chunks).toEqual([[1], [99], [1, 9]]);
  expect(chunk([99], { items: 10, weight: 10, weigh: identity })).toEqual([[99]]);
});

it('weighs nothing where no limit of weight is given', () => {
  expect(chunk([99, 99], { items: 2, weigh: identity })).toEqual([[99, 99]]);
});

it('loses nothing, respects both limits, and fills a chunk before it begins the next', () => {
  const weights = fc.array(fc.nat({ max: 20 }));
  const limits = fc.record({ items: fc.integer({ min: 1, max: 5 }), weight: fc.nat({ max: 30 }) });

  fc.assert(
    fc.property(weights, limits, (list, { items, weight }) => {
      const chunks = chunk(list, { items, weight, weigh: identity });

      expect(chunks.flat()).toEqual(list);
      for (const [index, members] of chunks.entries()) {
        const total = sum(members);
        const next = chunks[index + 1]?.[0];
        expect(members.length).toBeGreaterThan(0);
        expect(members.length).toBeLessThanOrEqual(items);
        expect(total <= weight || members.length === 1).toBe(true);
        const isFull = members.length === items || total + (next ?? 0) > weight;
        expect(next === undefined || isFull).toBe(true);
      }
    }),
  );
});

function sum(list: readonly number[]): number {
  return list.reduce((total, item) => total + item, 0);
}
