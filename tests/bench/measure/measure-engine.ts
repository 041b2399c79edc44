import { withFreshDatabase } from '../../support/with-fresh-database';
import type { BenchEngine, Cell } from '../cells';
import type { CommandLine } from '../command-line';
import { describeCell } from '../figures/describe-cell';
import { describeGrowth, describeMemory, describeNetwork } from '../figures/describe-others';
import { noFigures, type CellFigure, type Figures } from '../figures/figures';
import { engineTitle } from '../figures/titles';
import { startServer } from '../stage/start-server';
import { withArena, type Arena } from './arena';
import { rankForms } from './choose-form';
import { CostLimit } from './cost-limit';
import { measureGrowth } from './growth';
import type { Doors } from './lineup';
import { measureCell } from './measure-cell';
import { measureMemory } from './memory';
import { measureNetwork } from './network';

/** A unit that takes longer is left out. */
const costLimitMs = 90_000;

/** How a run goes on and how it is told to stop. */
export interface Run {
  readonly chosen: CommandLine;
  readonly doors: Doors;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Measures what was chosen on one database, which is started. */
export async function measureEngine(engine: BenchEngine, run: Run): Promise<Figures> {
  const server = await startServer(engine, run.say);
  try {
    const figures = await withFreshDatabase(server, (url) =>
      withArena(engine, url, run.doors, (arena) => measureAll(arena, url, run)),
    );
    return { ...figures, versions: { [engineTitle(engine)]: server.version } };
  } finally {
    await server.stop();
  }
}

async function measureAll(arena: Arena, url: string, run: Run): Promise<Figures> {
  const { say, chosen } = run;
  const { parts } = chosen;
  const network = await measureNetwork(arena, url);
  say(describeNetwork(network));
  const memory = parts.includes('memory') ? [await measureMemory(arena, url)] : [];
  for (const figure of memory) say(describeMemory(figure));
  const cells = parts.includes('cells') ? await measureCells(arena, run) : [];
  const growth = parts.includes('growth') ? [await measureGrowth(arena)] : [];
  for (const figure of growth) say(describeGrowth(figure));
  return { ...noFigures, network: [network], memory, cells, growth };
}

async function measureCells(arena: Arena, run: Run): Promise<CellFigure[]> {
  const { say, signal } = run;
  const { operations, rows: rowCounts, delays, seconds } = run.chosen;
  const figures: CellFigure[] = [];
  const costs = new CostLimit(costLimitMs);
  for (const operation of operations) {
    for (const rows of rowCounts) {
      signal.throwIfAborted();
      const cell: Cell = { engine: arena.engine, operation, rows, delayMs: 0 };
      const candidates = await rankForms(arena, cell);
      for (const delayMs of delays) {
        const options = { seconds, costs, say };
        const figure = await measureCell(arena, { ...cell, delayMs }, candidates, options);
        say(describeCell(figure));
        figures.push(figure);
      }
    }
  }
  return figures;
}
