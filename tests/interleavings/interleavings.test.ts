import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';
import { seededRandom } from '../scenarios/harness/random';
import { entities } from './entities';
import { explore } from './explore';
import type { Program } from './programs/program';
import { programs } from './programs/programs';
import { fillTables } from './programs/tables';
import { hasInterleavings, levels, ordersOf, readAgain, seed, type Again } from './settings';
import { openLanes, type Lanes } from './stepper/lane';
import { Tally } from './tally';
import { describeFault, titleOf, walk, warmUp } from './trial';

// A program takes 1 to 5 s; a busy machine, or a run on demand, may take a hundred times as long.
const timeoutMs = 600_000;
const nothing = 'nothing is wrong';
const again = readAgain(process.env['INTERLEAVING']);

const isPair = ({ units }: Program) => units.length === 2;

// Of three units the replays have so many orders that a few say nothing. Those with few orders come
// first: what they leave of the orders of a run is for the others.
const cases = [
  ...programs.filter(isPair).map((program) => ({ program, areReplayed: true })),
  ...programs.toSorted(byUnits).map((program) => ({ program, areReplayed: false })),
];

function byUnits(left: Program, right: Program): number {
  return left.units.length - right.units.length;
}

onEachDatabase(
  'any order of statements',
  entities,
  (database) => {
    let lanes: Lanes;
    beforeAll(async () => {
      await fillTables(database);
      lanes = await openLanes(database, 3);
    }, timeoutMs);

    if (again) walkAgain(() => lanes, again);
    else walkAll(database, () => lanes);
  },
  (variant) => hasInterleavings(variant) && (!again || again.database === variant.name),
);

function walkAll(database: TestDatabase, find: () => Lanes): void {
  const wanted = ordersOf(database);
  const tally = new Tally(wanted, levels.length * cases.length);

  describe.each(levels)('at %s', (isolation) => {
    it.each(cases.map((one) => [titleOf(one), one] as const))(
      'is as good as one unit after the other: %s',
      async (_title, one) => {
        const random = seededRandom(seed);

        const found = await explore({ lanes: find(), isolation, ...one }, tally.share(), random);

        tally.add(isolation, found);
        expect(found.fault ?? nothing).toBe(nothing);
      },
      timeoutMs,
    );
  });

  it(`was tried ${wanted} times`, () => {
    process.stdout.write(tally.describe(database.name, seed));
    expect(tally.orders).toBeGreaterThanOrEqual(wanted);
  });
}

function walkAgain(find: () => Lanes, { choices, ...one }: Again): void {
  it(`is walked again: ${one.isolation}, ${titleOf(one)}`, async () => {
    const trial = { lanes: find(), ...one };
    const rest = [...choices];
    await warmUp(trial);

    const verdict = await walk(trial, (ready) => {
      const next = rest.shift();
      return next !== undefined && ready.includes(next) ? next : ready[0]!;
    });

    process.stdout.write(`${describeFault(trial, verdict)}\n`);
    expect(verdict.objection ?? nothing).toBe(nothing);
  });
}
