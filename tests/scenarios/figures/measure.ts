import type { Variant as Database } from '../../setup/database/matrix';
import { testServers } from '../../setup/servers/test-servers';
import { withFreshDatabase } from '../../support/with-fresh-database';
import { levelsOf } from '../harness/cells';
import { describeOutcome } from '../harness/describe-outcome';
import { violationsOf, type Outcome } from '../harness/outcome';
import { runWorkload } from '../harness/run-workload';
import type { Scenario, Variant } from '../scenario';
import { figureOf, type Cell, type Figure } from './figures';

const variants: readonly Variant[] = ['serial', 'naive', 'unit-of-work'];

export interface Measurement {
  readonly version: string;
  readonly figures: readonly Figure[];
  /** What must not be, for whoever started the run. */
  readonly objections: readonly string[];
}

/** Runs scenarios on one database, at each of its isolation levels, in all variants. */
export async function measure(
  database: Database,
  scenarios: readonly Scenario[],
  size: number,
  signal: AbortSignal,
): Promise<Measurement> {
  const server = await testServers[database.server]((line) => console.log(line));
  const figures: Figure[] = [];
  const objections: string[] = [];
  try {
    for (const { cell, scenario } of cellsOf(database, scenarios)) {
      signal.throwIfAborted();
      const outcome = await withFreshDatabase(server, (url) =>
        runWorkload({ ...cell, scenario, size, address: { type: database.type, url } }),
      );
      console.log(`${titleOf(cell)}: ${describeOutcome(outcome)}`);
      figures.push(figureOf(cell, size, outcome));
      objections.push(...objectionsTo(cell, outcome));
    }
    return { version: server.version, figures, objections };
  } finally {
    await server.stop();
  }
}

function cellsOf(database: Database, scenarios: readonly Scenario[]) {
  return scenarios.flatMap((scenario) =>
    levelsOf(database).flatMap((isolation) =>
      variants.map((variant) => {
        const cell: Cell = { scenario: scenario.name, database: database.name, isolation, variant };
        return { cell, scenario };
      }),
    ),
  );
}

function objectionsTo(cell: Cell, outcome: Outcome): readonly string[] {
  if (cell.variant === 'naive') return [];
  const { unexpected, seed } = outcome;
  const wrong = violationsOf(outcome);
  if (wrong === 0 && unexpected.length === 0) return [];
  const [first = 'none'] = unexpected;
  return [`${titleOf(cell)}, seed ${seed}: ${wrong} violations; unexpected errors: ${first}`];
}

const titleOf = ({ scenario, database, isolation, variant }: Cell): string =>
  `${scenario} on ${database} at ${isolation}, ${variant}`;
