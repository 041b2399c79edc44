import { areStuck } from './lock-waits';

describe('units that get no answer', () => {
  it('are stuck if each waits for somebody who could go on', () => {
    expect(
      areStuck(
        [2, 3],
        new Map([
          [2, [1]],
          [3, [2]],
        ]),
      ),
    ).toBe(true);
  });

  it('are not stuck if one of them does not wait', () => {
    expect(areStuck([2, 3], new Map([[2, [1]]]))).toBe(false);
  });

  it('are not stuck if they wait for each other, because the server ends that', () => {
    expect(
      areStuck(
        [2, 3],
        new Map([
          [2, [3]],
          [3, [1, 2]],
        ]),
      ),
    ).toBe(false);
  });
});
