import { withFreshDatabase } from '../../support/with-fresh-database';
import type { BenchEngine, Cell } from '../cells';
import type { CommandLine } from '../command-line';
import { describeCell } from '../figures/describe-cell';
import type { CellFigure } from '../figures/figures';
import { startServer } from '../stage/start-server';
import { withArena, type Arena } from './arena';
import { rankForms } from './choose-form';
import { CostLimit } from './cost-limit';
import { measureCell } from './measure-cell';

/** A unit that takes longer is left out. */
const costLimitMs = 60_000;

export interface EngineFigures {
  readonly version: string;
  readonly cells: readonly CellFigure[];
}

/** Measures all cells of one database. */
export async function measureEngine(
  engine: BenchEngine,
  chosen: CommandLine,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<EngineFigures> {
  const server = await startServer(engine, say);
  try {
    const cells = await withFreshDatabase(server, (url) =>
      withArena(engine, url, chosen.peers, (arena) => measureCells(arena, chosen, say, signal)),
    );
    return { version: server.version, cells };
  } finally {
    await server.stop();
  }
}

async function measureCells(
  arena: Arena,
  { operations, rows: rowCounts, delays, seconds }: CommandLine,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<CellFigure[]> {
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
