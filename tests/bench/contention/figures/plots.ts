import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { drawChart, type Line, type Panel } from '../../figures/svg';
import { comparedPolicies, loops, type Cell, type Loop } from '../cells';
import { isAt, placesOf } from './bars';
import type { CellFigure, Figures, PolicyFigure } from './figures';
import { placeTitle, policyTitle } from './titles';

const folder = join(__dirname, '../../plots');

/** One kind of chart: what is on its axes. */
interface Chart {
  readonly name: string;
  readonly title: string;
  readonly yTitle: string;
  readonly y: (figure: PolicyFigure) => number;
}

const charts: readonly Chart[] = [
  { name: 'goodput', title: 'committed units', yTitle: '1/s', y: ({ goodput }) => goodput.median },
  { name: 'p99', title: '99th percentile of latency', yTitle: 'ms', y: ({ p99 }) => p99.median },
];

const xOf = ({ loop, writers, load }: Cell): number => (loop === 'closed' ? writers : load);

/** Draws goodput and latency by writers, and by load, for each database and network. */
export function writePlots(figures: Figures): void {
  for (const place of placesOf(figures)) {
    const { engine, delayMs } = place;
    for (const loop of loops) {
      const cells = figures.cells
        .filter((cell) => isAt(cell, place) && cell.loop === loop)
        .filter(({ picks }) => picks === 1);
      const columns = columnsOf(cells);
      if (columns.length === 0) continue;
      for (const { name, title, yTitle, y } of charts) {
        const panels = columns.map((column) => panelOf(cells, column, loop, yTitle, y));
        const network = delayMs === 0 ? '' : '-delay';
        const file = `contention-${engine}${network}-${loop}-${name}.svg`;
        const heading = `${placeTitle(place)}, ${loop} loop: ${title}`;
        writeFileSync(join(folder, file), drawChart(heading, panels));
      }
    }
  }
}

type Column = Pick<Cell, 'rows' | 'processes'>;

/** One panel for each number of rows and of processes. */
function columnsOf(cells: readonly CellFigure[]): Column[] {
  const columns = new Map<string, Column>();
  for (const { rows, processes } of cells) columns.set(`${rows} ${processes}`, { rows, processes });
  return [...columns.values()].toSorted(
    (one, other) => one.processes - other.processes || one.rows - other.rows,
  );
}

function panelOf(
  cells: readonly CellFigure[],
  { rows, processes }: Column,
  loop: Loop,
  yTitle: string,
  y: Chart['y'],
): Panel {
  const own = cells
    .filter((cell) => cell.rows === rows && cell.processes === processes)
    .toSorted((one, other) => xOf(one) - xOf(other));
  const lines = comparedPolicies.map((name): Line => {
    const points = own.flatMap((cell) =>
      cell.policies
        .filter(({ policy }) => policy === name)
        .map((figure) => ({ x: xOf(cell), y: y(figure) })),
    );
    // Nothing has no logarithm.
    return { name: policyTitle(name), points: points.filter((point) => point.y > 0) };
  });
  const where = processes === 1 ? '' : `, ${processes} processes`;
  const title = `${rows.toLocaleString('en-US')} ${rows === 1 ? 'row' : 'rows'}${where}`;
  const xTitle = loop === 'closed' ? 'writers' : '% of capacity';
  return { title, xTitle, yTitle, lines: lines.filter(({ points }) => points.length > 0) };
}
