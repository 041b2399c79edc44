import { onEachDatabase } from '../setup/on-each-database';
import { seededRandom } from '../scenarios/harness/random';
import { entities } from './entities';
import { explore } from './explore';
import { controls } from './programs/controls';
import { fillTables } from './programs/tables';
import { hasInterleavings } from './settings';
import { openLanes, type Lanes } from './stepper/lane';
import { walk } from './trial';

const timeoutMs = 300_000;
const most = 2_000;

// A stepper or an oracle that finds nothing here would find nothing anywhere.
onEachDatabase(
  'some order of statements',
  entities,
  (database) => {
    let lanes: Lanes;
    beforeAll(async () => {
      await fillTables(database);
      lanes = await openLanes(database, 3);
    }, timeoutMs);

    it.each(controls.map((program) => [program.title, program] as const))(
      'at READ COMMITTED is worse than one unit after the other: %s',
      async (_title, program) => {
        const trial = { lanes, program, isolation: 'READ COMMITTED', areReplayed: false } as const;

        const oneAfterTheOther = await walk(trial, ([first]) => first!);
        const found = await explore(trial, most, seededRandom(1));

        expect(oneAfterTheOther.objection).toBeUndefined();
        expect(found.fault).toMatch(/^no order of the units that committed explains/);
      },
      timeoutMs,
    );
  },
  hasInterleavings,
);
