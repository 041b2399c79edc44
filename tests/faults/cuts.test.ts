import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';
import { seededRandom } from '../scenarios/harness/random';
import { drawTrial } from './cuts/draw';
import { canBeContended, enumerate, type Shape } from './cuts/enumerate';
import { explore, type Exploration } from './cuts/explore';
import { openLanes, type Lanes } from './cuts/lane';
import type { Trial } from './cuts/trial';
import { entities } from './ledger/entities';
import { faults } from './ledger/judge';
import type { Kind } from './ledger/kinds';
import { kindsOf, levelsOf, nameOf, seed, storms } from './settings';
import { runUnit } from './units/run-unit';
import type { Fate } from './wire/cutting-proxy';

const timeoutMs = 600_000;
const fates: readonly Fate[] = ['lose-request', 'lose-answer', 'delay', 'hang'];

onEachDatabase('a ledger', entities, (database) => {
  let lanes: Lanes;
  beforeAll(async () => {
    lanes = await openLanes(database);
  }, timeoutMs);
  afterAll(() => lanes?.close());

  describe.each(
    levelsOf(database).flatMap((isolation) =>
      [false, true].map((exactlyOnce) => ({ level: nameOf(isolation), isolation, exactlyOnce })),
    ),
  )('of units at $level, exactlyOnce: $exactlyOnce,', ({ level: _, ...common }) => {
    it(
      'is right whichever message is cut',
      async () => {
        const trials: Trial[] = [];
        for (const shape of shapes(common, kindsOf(database))) {
          trials.push(...(await enumerate(lanes, shape, fates)));
        }

        const exploration = await explore(lanes, trials);

        print(database, common, exploration);
        expectNothingWrong(exploration);
        const { tally } = exploration;
        // A proxy that cuts nothing breaks no promise either.
        expect(tally.cuts).toBeGreaterThan(0.95 * tally.units);
        expect(tally.cutCommits).toBeGreaterThan(0);
        expect(tally.deposits).toBeGreaterThan(0.5 * tally.units);
        for (const answer of ['committed', 'rolled back', 'unknown'] as const) {
          expect(tally.answers(answer)).toBeGreaterThan(0);
        }
      },
      timeoutMs,
    );

    it(
      `is right whichever of their messages are cut by chance, seed ${seed}`,
      async () => {
        const random = seededRandom(seed);
        const trials = Array.from({ length: Math.ceil(storms / 4) }, () =>
          drawTrial({ ...common, run: runUnit }, random),
        );

        const exploration = await explore(lanes, trials);

        print(database, common, exploration);
        expectNothingWrong(exploration);
        expect(exploration.tally.cutCommits).toBeGreaterThan(0);
      },
      timeoutMs,
    );
  });

  it('has as much money as was paid in', async () => {
    const [stored] = await database.sql('SELECT sum(balance) AS balance FROM account');

    expect(Number(stored?.['balance'])).toBe(lanes.ledger.expectedTotal);
  });
});

type Common = Pick<Shape, 'isolation' | 'exactlyOnce'>;

function shapes(common: Common, kinds: readonly Kind[]): Shape[] {
  return kinds.flatMap((kind) =>
    [false, true]
      .filter((isContended) => !isContended || canBeContended(kind))
      .map((isContended) => ({ ...common, kind, isContended, amount: 10, run: runUnit })),
  );
}

function print({ name }: TestDatabase, { isolation, exactlyOnce }: Common, { tally }: Exploration) {
  const receipts = exactlyOnce ? 'exactly once' : 'without receipts';
  process.stdout.write(tally.describe(`${name} at ${nameOf(isolation)}, ${receipts}`));
}

function expectNothingWrong({ tally, wrong }: Exploration): void {
  expect(wrong).toBe('');
  for (const fault of faults) expect(tally.faults(fault)).toBe(0);
}
