import {
  engines,
  networkDelayMs,
  operations,
  titleOf,
  type BenchEngine,
  type Cell,
} from '../cells';
import type { PeerName } from '../peers/peer';
import type { CellFigure, Figures } from './figures';

/** What a figure must not exceed, or must reach. */
export interface Bar {
  readonly title: string;
  readonly unit: string;
  readonly limit: number;
  /** The figure must be at least as large as the limit; else at most. */
  readonly isFloor?: boolean;
  /** Absent if it was not measured. */
  readonly value: number | undefined;
}

const rivals: readonly PeerName[] = ['typeorm-1', 'typeorm-0.3', 'mikro-orm'];

/** Every bar that the library must not exceed, for the databases that were measured. */
export function barsOf(figures: Figures): Bar[] {
  return engines
    .filter((engine) => figures.network.some((one) => one.engine === engine))
    .flatMap((engine) => barsOfEngine(figures, engine));
}

function barsOfEngine(figures: Figures, engine: BenchEngine): Bar[] {
  const bar = (cell: Omit<Cell, 'engine'>, limit: number) =>
    ratioBar(figures, { engine, ...cell }, limit);
  const single = { operation: 'update', rows: 1 } as const;
  return [
    bar({ ...single, delayMs: networkDelayMs }, 0.6),
    bar({ ...single, delayMs: 0 }, 1.4),
    ...operations.flatMap((operation) => [
      ...[100, 1_000, 10_000].map((rows) => bar({ operation, rows, delayMs: 0 }, 1.25)),
      bar({ operation, rows: 1_000, delayMs: networkDelayMs }, 1.1),
    ]),
    growthBar(figures, engine),
    memoryBar(figures, engine),
    ...rivals.map((rival) => rivalBar(figures, engine, rival)),
  ];
}

function ratioBar({ cells }: Figures, cell: Cell, limit: number): Bar {
  const figure = cells.find((one) => titleOf(one) === titleOf(cell));
  const own = figure?.peers.find(({ peer }) => peer === 'unit-of-work');
  const title = `${titleOf(cell)}: time over hand-written`;
  return { title, unit: ' ×', limit, value: own?.ratio.median };
}

function growthBar({ growth }: Figures, engine: BenchEngine): Bar {
  const found = growth.find((one) => one.engine === engine);
  const title = `${engine}, time for a row of 100,000 over a row of 1,000`;
  return { title, unit: ' ×', limit: 1.3, value: found?.growth.median };
}

function memoryBar({ memory }: Figures, engine: BenchEngine): Bar {
  const found = memory.find((one) => one.engine === engine);
  const title = `${engine}, memory for a tracked entity beyond itself`;
  return { title, unit: ' bytes', limit: 1_024, value: found && found.tracked - found.plain };
}

/** The library's time over a rival's, where it looks worst. */
function rivalBar({ cells }: Figures, engine: BenchEngine, rival: PeerName): Bar {
  const compared = cells
    .filter((cell) => cell.engine === engine)
    .map((cell) => ({ cell, value: shareOf(cell, rival) }))
    .filter((one): one is { cell: CellFigure; value: number } => one.value !== undefined)
    .toSorted((one, other) => other.value - one.value);
  const [worst] = compared;
  const where = worst ? `, worst of ${compared.length} cells at ${titleOf(worst.cell)}` : '';
  return {
    title: `${engine}, time over ${rival}${where}`,
    unit: ' ×',
    limit: 1,
    value: worst?.value,
  };
}

function shareOf({ peers }: CellFigure, rival: PeerName): number | undefined {
  const ratio = peers.find(({ peer }) => peer === rival)?.ratioToLibrary?.median;
  return ratio === undefined ? undefined : 1 / ratio;
}

export type Verdict = 'holds' | 'MISSED' | 'not measured';

export function verdictOn({ limit, value, isFloor = false }: Bar): Verdict {
  if (value === undefined) return 'not measured';
  return (isFloor ? value >= limit : value <= limit) ? 'holds' : 'MISSED';
}

export function describeBar(bar: Bar): string {
  const { title, unit, limit, value, isFloor = false } = bar;
  const digits = limit > 100 ? 0 : 2;
  const text = value === undefined ? '' : `${value.toFixed(digits)}${unit} `;
  const bound = `${isFloor ? 'at least' : 'at most'} ${limit.toFixed(digits)}${unit}`;
  return `${verdictOn(bar).padEnd(13)}${title}: ${text}(${bound})`;
}
