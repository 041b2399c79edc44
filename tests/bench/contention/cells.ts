import type { BenchEngine } from '../cells';
import type { PolicyName } from './policies/policy';

/** Whom to compare with whom; the first is the base. `naive` is left out unless asked for. */
export const comparedPolicies = [
  'for-update',
  'for-update-typeorm',
  'serializable',
  'jitter',
  'default',
] as const satisfies readonly PolicyName[];

export const loops = ['closed', 'open'] as const;
export type Loop = (typeof loops)[number];

export const writerCounts: readonly number[] = [1, 4, 16, 64];
export const rowCounts: readonly number[] = [1, 10, 1_000];
export const processCounts: readonly number[] = [1, 4];
/** Percent of the capacity at which units arrive in the open loop. */
const loads: readonly number[] = [30, 60, 90];

/** Who changes what: all policies do the same in it. */
export interface Cell {
  readonly engine: BenchEngine;
  /** Added to every round trip. */
  readonly delayMs: number;
  /** Closed: each writer begins a unit when its last one has ended. Open: they come when they come. */
  readonly loop: Loop;
  /** In all processes together; 0 in the open loop. */
  readonly writers: number;
  /** Percent of the capacity; 0 in the closed loop. */
  readonly load: number;
  readonly processes: number;
  /** Those among which each unit chooses by chance. */
  readonly rows: number;
  /** How many of them a unit changes, one after the other. */
  readonly picks: number;
}

export const titleOf = (cell: Cell): string => {
  const { engine, delayMs } = cell;
  return `${engine}, ${whoAndWhat(cell)}, ${delayMs === 0 ? 'no delay' : `${delayMs} ms`}`;
};

/** The title of a cell among others of the same database and network. */
export const whoAndWhat = ({ loop, writers, load, processes, rows, picks }: Cell): string => {
  const who = loop === 'closed' ? `${writers} ${plural(writers, 'writer')}` : `${load} % load`;
  const what = `${picks > 1 ? `${picks} of ` : ''}${rows.toLocaleString('en-US')} ${plural(rows, 'row')}`;
  return `${who}, ${what}, ${processes} ${processes === 1 ? 'process' : 'processes'}`;
};

const plural = (count: number, word: string): string => (count === 1 ? word : `${word}s`);

/** What may be chosen of the cells. */
export interface Choice {
  readonly loops: readonly Loop[];
  readonly writers: readonly number[];
  readonly rows: readonly number[];
  readonly processes: readonly number[];
  readonly delays: readonly number[];
}

/** The cells of one database in the order in which they are measured. */
export function cellsOf(engine: BenchEngine, choice: Choice): Cell[] {
  return choice.delays.flatMap((delayMs) => [
    ...(choice.loops.includes('closed') ? closedCells(engine, delayMs, choice) : []),
    ...(choice.loops.includes('open') ? openCells(engine, delayMs, choice) : []),
  ]);
}

function closedCells(engine: BenchEngine, delayMs: number, choice: Choice): Cell[] {
  const common = { engine, delayMs, loop: 'closed', load: 0 } as const;
  const usual = choice.processes.flatMap((processes) =>
    choice.rows.flatMap((rows) =>
      choice.writers
        // A process without a writer would be none.
        .filter((writers) => writers >= processes)
        .map((writers): Cell => ({ ...common, writers, processes, rows, picks: 1 })),
    ),
  );
  // Rows in an order of chance are what deadlocks are made of.
  const crossing = choice.processes.map((processes): Cell => ({
    ...common,
    writers: 16,
    processes,
    rows: 20,
    picks: 5,
  }));
  return [...usual, ...crossing];
}

function openCells(engine: BenchEngine, delayMs: number, choice: Choice): Cell[] {
  const common = { engine, delayMs, loop: 'open', writers: 0, picks: 1 } as const;
  return choice.processes.flatMap((processes) =>
    choice.rows.flatMap((rows) =>
      loads.map((load): Cell => ({ ...common, load, processes, rows })),
    ),
  );
}
