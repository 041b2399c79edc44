import { check } from './check';
import { historyOf, kindsOf, nothing } from './script';

describe('the checkers accept', () => {
  it('units that came one after the other, by whatever order they were written down', () => {
    const history = historyOf(
      { x: '3:a,b', y: '2:b' },
      { reads: { x: '2:a', y: '1:' }, writes: { x: '3:b', y: '2:b' } },
      { reads: { x: '1:' }, writes: { x: '2:a' } },
      { reads: { x: '2:a', y: '1:' } },
      { outcome: 'refused', reads: { x: '1:' }, writes: { x: '2:c' } },
    );

    expect(kindsOf(history)).toEqual(nothing);
  });

  it('a row that was made, changed and removed', () => {
    const history = historyOf(
      {},
      { writes: { note: '1:a' } },
      { reads: { note: '1:a' }, writes: { note: '2:b' } },
      { reads: { note: '2:a,b' }, writes: { note: 'gone' } },
    );

    expect(kindsOf(history)).toEqual(nothing);
  });
});

describe('a witness', () => {
  it('is shorter than a circle of three that was found first', () => {
    const history = historyOf(
      { a: '2:a', b: '2:b', c: '2:c', x: '2:d', y: '2:e' },
      { reads: { a: '1:', b: '1:' }, writes: { a: '2:a' } },
      { reads: { b: '1:', c: '1:' }, writes: { b: '2:b' } },
      { reads: { c: '1:', a: '1:' }, writes: { c: '2:c' } },
      { reads: { x: '1:', y: '1:' }, writes: { x: '2:d' } },
      { reads: { x: '1:', y: '1:' }, writes: { y: '2:e' } },
    );
    const before = new Map([...history.after].map(([row]) => [row, { version: 1, list: [] }]));

    const { versions, lists } = check({ ...history, before }, 'serializable');

    for (const [witness, ...others] of [versions.anomalies, lists.anomalies]) {
      expect(witness?.units.map(({ id }) => id)).toEqual([4, 5]);
      expect(others).toEqual([]);
    }
  });

  it('is the shortest circle, with what each unit did', () => {
    const history = historyOf(
      { x: '2:a', y: '2:b' },
      { reads: { x: '1:', y: '1:' }, writes: { x: '2:a' } },
      { reads: { x: '1:', y: '1:' }, writes: { y: '2:b' } },
      { reads: { x: '2:a', y: '1:' } },
    );

    const [anomaly] = check(history, 'serializable').versions.anomalies;

    expect(anomaly?.message).toBe(
      'unit 1 before unit 2 (rw): y, read version 1, overwritten by 2\n' +
        '  unit 2 before unit 1 (rw): x, read version 1, overwritten by 2',
    );
    expect(anomaly?.units.map(({ id }) => id)).toEqual([1, 2]);
  });
});
