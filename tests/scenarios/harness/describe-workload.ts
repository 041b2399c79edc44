import type { IsolationLevel } from '../../../lib/index';
import { onEachDatabase, type TestDatabase } from '../../setup/on-each-database';
import { isMainPlace, isMainTypeorm } from '../../support/how-many-rounds';
import { withFreshDatabase } from '../../support/with-fresh-database';
import type { Scenario, Variant } from '../scenario';
import { hasWorkloads, levelsOf, type DatabaseName } from './cells';
import { violationsOf, type Outcome } from './outcome';
import { describeOutcome } from './describe-outcome';
import { runWorkload, type Workload } from './run-workload';
import { typedRefusal } from './tally-keeper';
import { Workers } from './workers';
import type { Address } from './workload-job';

/** What a scenario's own test knows of its outcomes. */
export interface Expectations {
  /**
   * Where the naive variant corrupts: at one of these levels at least. A workload that cannot fail
   * proves nothing.
   */
  readonly naiveCorruptsAt: Readonly<Partial<Record<DatabaseName, readonly IsolationLevel[]>>>;
  /** What the unit of work promises besides what every scenario does. */
  readonly alsoExpect?: (outcome: Outcome, isolation: IsolationLevel) => void;
}

// A tenth is what the mutants need. `npm run scenarios` runs all at full size.
const elsewhere = isMainTypeorm ? 0.3 : 0.1;
const sizeAt = (database: TestDatabase, isolation: IsolationLevel): number =>
  Number(process.env['SCENARIO_SIZE'] ?? (isMainPlace(database, isolation) ? 1 : elsewhere));
const seed = process.env['SCENARIO_SEED'];

// The workload's own patience ends before and says more.
const timeoutMs = 300_000;

/** Defines the workload's tests on every database, at every isolation level, in all variants. */
export function describeWorkload(scenario: Scenario, expectations: Expectations): void {
  const workers = new Workers();
  afterAll(() => workers.end());
  const define = (database: TestDatabase) => {
    const naive = new Map<IsolationLevel, Outcome>();
    for (const isolation of levelsOf(database)) {
      const run = (variant: Variant) => runOn(database, { scenario, variant, isolation, workers });
      describe(`at ${isolation}`, () => {
        it(
          'leaves nothing wrong with one writer',
          async () => checkSerial(await run('serial')),
          timeoutMs,
        );

        it(
          'leaves nothing wrong in units of work',
          async () => checkUnits(await run('unit-of-work'), expectations, isolation),
          timeoutMs,
        );

        it(
          'tells what it corrupts as the system did it',
          async () => {
            const outcome = await run('naive');
            naive.set(isolation, outcome);
            expect(outcome.committed).toBeGreaterThan(0);
          },
          timeoutMs,
        );
      });
    }
    const runAgain = (isolation: IsolationLevel) =>
      runOn(database, { scenario, variant: 'naive', isolation, workers });
    itCorrupts(expectations.naiveCorruptsAt[database.name] ?? [], naive, runAgain);
  };
  onEachDatabase(`the workload of ${scenario.name}`, [], define, hasWorkloads);
}

/** A short run may do without corruption by chance, and says less than one more does. */
const mostNaiveRuns = 10;

function itCorrupts(
  levels: readonly IsolationLevel[],
  naive: ReadonlyMap<IsolationLevel, Outcome>,
  runAgain: (isolation: IsolationLevel) => Promise<Outcome>,
): void {
  const [first] = levels;
  if (first === undefined) return;
  const corrupt = async () => {
    const outcomes = levels.flatMap((level) => naive.get(level) ?? []);
    const isCorrupted = () => outcomes.some((outcome) => violationsOf(outcome) > 0);
    while (!isCorrupted() && outcomes.length < mostNaiveRuns) outcomes.push(await runAgain(first));
    expect(isCorrupted()).toBe(true);
  };
  it(`corrupts as the system did it at ${levels.join(' or ')}`, corrupt, timeoutMs);
}

async function runOn(
  database: TestDatabase,
  workload: Pick<Workload, 'scenario' | 'variant' | 'isolation' | 'workers'>,
): Promise<Outcome> {
  const { scenario, variant, isolation } = workload;
  const { type } = database.options as Pick<Address, 'type'>;
  const outcome = await withFreshDatabase(database.server, (url) =>
    runWorkload({
      ...workload,
      address: { type, url },
      size: sizeAt(database, isolation),
      ...(seed !== undefined && { seed: Number(seed) }),
    }),
  );
  const where = `${scenario.name} on ${database.name} at ${isolation}, ${variant}`;
  process.stdout.write(`${where}: ${describeOutcome(outcome)}\n`);
  return outcome;
}

function checkSerial({ seed, violations, unexpected, committed, operations }: Outcome): void {
  expect({ seed, unexpected, violations: violations.filter(isFound) }).toEqual({
    seed,
    unexpected: [],
    violations: [],
  });
  expect(operations).toBeGreaterThan(0);
  expect(committed).toBe(operations);
}

function checkUnits(
  outcome: Outcome,
  { alsoExpect }: Expectations,
  isolation: IsolationLevel,
): void {
  const { seed, violations, unexpected, committed, operations, refused } = outcome;
  const untyped = Object.keys(refused).filter((kind) => !typedRefusal.test(kind));
  expect({ seed, unexpected, untyped, violations: violations.filter(isFound) }).toEqual({
    seed,
    unexpected: [],
    untyped: [],
    violations: [],
  });
  expect(operations).toBeGreaterThan(0);
  expect(committed / operations).toBeGreaterThanOrEqual(0.99);
  alsoExpect?.(outcome, isolation);
}

const isFound = ({ count }: { readonly count: number }): boolean => count !== 0;
