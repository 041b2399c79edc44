import { ratiosOf, spreadOf } from '../../bench/measure/statistics';

describe('the spread of values', () => {
  it('is their median and their quartiles', () => {
    expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ median: 3, lower: 2, upper: 4 });
  });

  it('lies between neighbours where it falls between two', () => {
    expect(spreadOf([1, 2])).toEqual({ median: 1.5, lower: 1.25, upper: 1.75 });
  });

  it('is not that of nothing', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});

describe('the ratios of two peers', () => {
  it('compare what was measured in the same round', () => {
    const base = new Map([
      [0, 10],
      [1, 20],
      [2, 10],
    ]);
    const slow = new Map([
      [0, 30],
      [1, 40],
    ]);

    expect(ratiosOf(slow, base)).toEqual([3, 2]);
  });
});
