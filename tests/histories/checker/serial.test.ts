import * as fc from 'fast-check';

import { seededRandom } from '../../scenarios/harness/random';
import { drawPrograms } from '../programs/draw';
import { runSerially } from '../run/run-serially';
import { check } from './check';
import { readOf, writeOf, type History, type UnitRecord } from './history';

/** Histories of units that ran one after the other, in memory, written down in any order. */
const serialHistories = fc
  .record({ seed: fc.nat(), order: fc.nat(), units: fc.integer({ min: 1, max: 60 }) })
  .map(async ({ seed, order, units }): Promise<History> => {
    const programs = drawPrograms({ random: seededRandom(seed), units, guarded: 0.5 });
    const history = await runSerially(programs);
    const chance = seededRandom(order);
    const shuffled = history.units
      .map((unit) => ({ unit, at: chance() }))
      .toSorted((left, right) => left.at - right.at);
    return { ...history, units: shuffled.map(({ unit }) => unit) };
  });

const everything = ({ versions, lists }: ReturnType<typeof check>) => [
  ...versions.anomalies,
  ...lists.anomalies,
];

/** The unit that last changed a row which is still there. */
function lastWriterOf({ units, after }: History): { unit: UnitRecord; row: string } | undefined {
  for (const [row, { version }] of after) {
    const unit = units.find(
      (one) => one.outcome === 'committed' && writeOf(one, row)?.version === version,
    );
    if (unit && readOf(unit, row)) return { unit, row };
  }
  return undefined;
}

describe('the checkers', () => {
  it('never accuse units that ran one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(serialHistories, async (history) => {
        expect(everything(check(await history, 'serializable'))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('always accuse them of a lost update if a stale one overwrites the last', async () => {
    let planted = 0;

    await fc.assert(
      fc.asyncProperty(serialHistories, async (made) => {
        const history = await made;
        const last = lastWriterOf(history);
        if (!last) return;
        planted++;
        const { row } = last;
        const read = readOf(last.unit, row)!;
        const version = history.after.get(row)!.version;
        const rival: UnitRecord = {
          ...last.unit,
          id: 1_000,
          reads: [read],
          writes: [{ row, version: version + 1, appended: ['1000.1'] }],
        };
        const after = new Map(history.after);
        after.set(row, { version: version + 1, list: [...read.list, '1000.1'] });

        const { versions, lists } = check(
          { ...history, units: [...history.units, rival], after },
          'checked',
        );

        expect(versions.anomalies.map(({ kind }) => kind)).toContain('lost update');
        expect(lists.anomalies.map(({ kind }) => kind)).toContain('lost update');
      }),
      { numRuns: 150 },
    );

    expect(planted).toBeGreaterThan(75);
  });
});
