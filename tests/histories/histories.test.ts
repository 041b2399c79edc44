import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';
import { entities } from './entities';
import { explore } from './explore';
import { fillTables } from './run/place';
import { openPools, type Pools } from './run/run-history';
import { levels, nameOf, readAgain, seed, shares, unitsOfHistory, unitsPerLevel } from './settings';
import { Tally } from './tally';

// 1,700 units take 2 to 15 s; a run on demand makes sixty times as many.
const timeoutMs = 3_600_000;
const again = readAgain(process.env['HISTORY']);
const repetitions = 100;

onEachDatabase(
  'random units at the same time',
  entities,
  (database) => {
    let pools: Pools;
    beforeAll(async () => {
      await fillTables(database);
      pools = await openPools(database);
    }, timeoutMs);

    if (again) {
      it(
        `are run again: ${nameOf(again)}`,
        async () => {
          const seeds = Array.from({ length: repetitions }, () => again.seed);

          expect(await explore(pools, again, seeds, new Tally())).toBeUndefined();
        },
        timeoutMs,
      );
    } else runAll(database, () => pools);
  },
  ({ name }) => !again || again.database === name,
);

function runAll(database: TestDatabase, find: () => Pools): void {
  describe.each(levels)('at %s', (isolation) => {
    it.each(shares)(
      'break no promise if they guard a share of %d of what they read',
      async (guarded) => {
        const trial = { isolation, guarded };
        const wanted = Math.ceil(unitsPerLevel(database) / shares.length);
        const histories = Math.ceil(wanted / unitsOfHistory);
        const seeds = Array.from({ length: histories }, (_, index) => seed + index);
        const tally = new Tally();

        const fault = await explore(find(), trial, seeds, tally);

        process.stdout.write(
          tally.describe(`${database.name} at ${isolation}, guarding ${guarded}`),
        );
        expect(fault).toBeUndefined();
        expect(tally.units).toBeGreaterThanOrEqual(wanted);
        // Who always refuses, or never meets anybody, breaks no promise either.
        expect(tally.commits).toBeGreaterThan(tally.units / 2);
        expect(tally.replays).toBeGreaterThan(0);
        expect(new Set(tally.kinds)).toEqual(new Set(['ww', 'wr', 'rw']));
      },
      timeoutMs,
    );
  });
}
