import { groupBy } from '../../../lib/support/group-by';

it('keeps the order in which keys and items appear', () => {
  const groups = groupBy(['pear', 'apple', 'plum', 'fig', 'peach'], (word) => word[0]);

  expect([...groups]).toEqual([
    ['p', ['pear', 'plum', 'peach']],
    ['a', ['apple']],
    ['f', ['fig']],
  ]);
});

it('tells keys apart as a map does', () => {
  const groups = groupBy([1, '1', NaN, NaN], (value) => value);

  expect([...groups.values()]).toEqual([[1], ['1'], [NaN, NaN]]);
});

it('takes any iterable and answers an empty map for nothing', () => {
  expect(groupBy(new Set<string>(), (word) => word).size).toBe(0);
});
