import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { BenchEngine, Cell } from '../cells';
import type { Spread } from '../measure/statistics';
import type { PeerName } from '../peers/peer';
import { writeJson } from './write-json';

/** What one peer needs in a cell. */
export interface PeerFigure {
  readonly peer: PeerName;
  /** Milliseconds for one unit. */
  readonly ms: Spread;
  /** How many times as long as the hand-written transaction of the same round. */
  readonly ratio: Spread;
  /** How many times as long as the library in the same round; absent where it took no part. */
  readonly ratioToLibrary?: Spread;
  readonly roundTrips: number;
  readonly rounds: number;
}

export interface CellFigure extends Cell {
  /** The hand-written statement: the fastest of several. */
  readonly form: string;
  readonly sql: string;
  /** Median milliseconds of each form that was tried. */
  readonly forms: Readonly<Record<string, number>>;
  readonly peers: readonly PeerFigure[];
}

/** Bytes of heap for one entity of six columns. */
export interface MemoryFigure {
  readonly engine: BenchEngine;
  readonly entities: number;
  /** Loaded by `manager.find`. */
  readonly plain: number;
  /** Loaded by `uow.find`, in a unit that is open. */
  readonly tracked: number;
}

/** How the time of one row grows with their number, for an update without delay. */
export interface GrowthFigure {
  readonly engine: BenchEngine;
  readonly rows: readonly number[];
  /** Microseconds for one row, for each number of rows. */
  readonly library: readonly Spread[];
  readonly handWritten: readonly Spread[];
  /** Time for a row among the most over time for a row among the fewest, in the same round. */
  readonly growth: Spread;
}

/** What lies between the bench and a database: milliseconds of `SELECT 1`. */
export interface NetworkFigure {
  readonly engine: BenchEngine;
  readonly directMs: number;
  readonly proxiedMs: number;
  readonly delayedMs: number;
}

/** What was measured when, last for each cell. */
export interface Figures {
  /** The programs that took part, with their versions. */
  readonly versions: Readonly<Record<string, string>>;
  readonly network: readonly NetworkFigure[];
  readonly memory: readonly MemoryFigure[];
  readonly growth: readonly GrowthFigure[];
  readonly cells: readonly CellFigure[];
}

export const noFigures: Figures = { versions: {}, network: [], memory: [], growth: [], cells: [] };

const file = join(__dirname, '../figures.json');

/** The older figures, but for those that were measured again. */
export function mergeFigures(older: Figures, newer: Figures): Figures {
  const engineOf = ({ engine }: { readonly engine: BenchEngine }) => engine;
  return {
    versions: { ...older.versions, ...newer.versions },
    network: merge(older.network, newer.network, engineOf),
    memory: merge(older.memory, newer.memory, engineOf),
    growth: merge(older.growth, newer.growth, engineOf),
    cells: merge(older.cells, newer.cells, keyOf),
  };
}

function merge<T>(older: readonly T[], newer: readonly T[], keyOf: (one: T) => string): T[] {
  const measured = new Set(newer.map(keyOf));
  return [...older.filter((one) => !measured.has(keyOf(one))), ...newer];
}

const keyOf = ({ engine, operation, rows, delayMs }: Cell): string =>
  [engine, operation, rows, delayMs].join(' ');

/** What was written last; nothing if nothing was. */
export function readFigures(): Figures {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Figures;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return noFigures;
    throw error;
  }
}

export const writeFigures = (figures: Figures): Promise<void> => writeJson(file, figures);
