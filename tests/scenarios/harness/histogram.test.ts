import { addHistograms, most, percentile, replaysOf } from './histogram';

describe('a histogram of attempts', () => {
  it('is added up place by place, however long each is', () => {
    expect(addHistograms([[5, 1], [2, 0, 3], []])).toEqual([7, 1, 3]);
    expect(addHistograms([])).toEqual([]);
  });

  it('tells the attempts that are enough for a part of the operations', () => {
    expect(percentile([99, 0, 0, 1], 0.99)).toBe(1);
    expect(percentile([98, 0, 0, 2], 0.99)).toBe(4);
    expect(percentile([0, 10], 0.5)).toBe(2);
    expect(percentile([], 0.99)).toBe(0);
  });

  it('tells the most attempts and all replays', () => {
    expect(most([9, 0, 1, 0])).toBe(3);
    expect(most([])).toBe(0);
    expect(replaysOf([9, 4, 1])).toBe(6);
  });
});
