import { engines, networkDelayMs, type BenchEngine } from '../../cells';
import type { Bar } from '../../figures/bars';
import { titleOf } from '../cells';
import { sumOf } from '../measure/add-counts';
import type { CellFigure, Figures, PolicyFigure } from './figures';

/** The default policy of this library in a cell. */
interface Own {
  readonly cell: CellFigure;
  readonly figure: PolicyFigure;
}

/** Where bars are measured: a database and a network. */
export interface Place {
  readonly engine: BenchEngine;
  readonly delayMs: number;
}

/** A bar, and in which cell the figure is worst, if there are several. */
export interface PlacedBar extends Bar {
  readonly where: string;
}

/** The places of the figures. */
export const placesOf = ({ cells }: Figures): Place[] =>
  engines
    .flatMap((engine) => [0, networkDelayMs].map((delayMs) => ({ engine, delayMs })))
    .filter((place) => cells.some((cell) => isAt(cell, place)));

export const isAt = (cell: Place, place: Place): boolean =>
  cell.engine === place.engine && cell.delayMs === place.delayMs;

/** What units with the defaults must reach in one place. */
export function barsOf({ cells }: Figures, place: Place): PlacedBar[] {
  const all = cells.filter((cell) => isAt(cell, place)).flatMap(ownOf);
  const closed = all.filter(({ cell }) => cell.loop === 'closed');
  const open = all.filter(({ cell }) => cell.loop === 'open');
  const single = closed.filter(({ cell }) => cell.picks === 1);
  const atMost = (title: string, limit: number, own: readonly Own[], pick: Pick) =>
    worstOf({ title, limit, unit: '' }, own, pick);
  const atLeast = (title: string, limit: number, own: readonly Own[], pick: Pick) =>
    worstOf({ title, limit, unit: ' ×', isFloor: true }, own, pick);
  const alone = single.filter(({ cell }) => cell.writers === 1);
  const wide = single.filter(({ cell }) => cell.rows === 1_000 && cell.writers === 16);
  const crowd = single.filter(({ cell }) => cell.rows === 1 && cell.writers === 64);
  const hot = (own: readonly Own[]) => own.filter(({ cell }) => cell.rows === 1);
  const crossing = closed.filter(({ cell }) => cell.picks > 1);
  return [
    atLeast('goodput over FOR UPDATE', 0.95, closed, goodputRatio),
    atLeast('goodput over FOR UPDATE, 16 writers of 1,000 rows', 1.8, wide, goodputRatio),
    atMost('p99 over FOR UPDATE, one row, closed loop', 2, hot(single), p99Ratio),
    atMost('p99 over FOR UPDATE, one row, open loop', 2, hot(open), p99Ratio),
    atMost('most attempts, 64 writers of one row', 4, crowd, mostAttempts),
    atMost('most attempts, one writer', 1, alone, mostAttempts),
    atMost('locking reads for a unit, one writer', 0, alone, lockingReads),
    atMost('most over fewest units of a writer', 1.5, closed, spread),
    atMost('units that were refused', 0, all, refused),
    atMost('deadlocks, 5 of 20 rows in any order', 0, crossing, deadlocks),
  ];
}

const ownOf = (cell: CellFigure): Own[] =>
  cell.policies.filter(({ policy }) => policy === 'default').map((figure) => ({ cell, figure }));

type Pick = (figure: PolicyFigure) => number;

const goodputRatio: Pick = (figure) => figure.goodputRatio.median;
const p99Ratio: Pick = (figure) => figure.p99Ratio.median;
const mostAttempts: Pick = (figure) => figure.mostAttempts;
const lockingReads: Pick = (figure) => figure.lockingReads.upper;
const spread: Pick = (figure) => figure.spread.median;
const refused: Pick = (figure) => sumOf(Object.values(figure.refused));
const deadlocks: Pick = (figure) => figure.refused['deadlock'] ?? 0;

function worstOf(bar: Omit<Bar, 'value'>, own: readonly Own[], pick: Pick): PlacedBar {
  const sign = bar.isFloor ? 1 : -1;
  const [worst] = own.toSorted((one, other) => sign * (pick(one.figure) - pick(other.figure)));
  if (!worst) return { ...bar, where: '', value: undefined };
  const where = own.length === 1 ? '' : `worst of ${own.length}: ${titleOf(worst.cell)}`;
  return { ...bar, where, value: pick(worst.figure) };
}
