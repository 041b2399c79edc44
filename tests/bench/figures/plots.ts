import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { engines, networkDelayMs, operations, type BenchEngine, type Operation } from '../cells';
import { engineTitle, peerTitle } from './titles';
import { peerNames } from '../peers/peer';
import type { Figures, GrowthFigure } from './figures';
import { drawChart, type Line, type Panel } from './svg';

const folder = join(__dirname, '../plots');

/** Draws what was measured: time by rows for each database and network, and how time grows. */
export function writePlots(figures: Figures): void {
  mkdirSync(folder, { recursive: true });
  for (const engine of engines) {
    for (const delayMs of [0, networkDelayMs]) {
      const panels = operations.map((operation) => panelOf(figures, engine, operation, delayMs));
      if (panels.some(({ lines }) => lines.length === 0)) continue;
      const network = delayMs === 0 ? 'no delay' : `${delayMs} ms of network delay`;
      const name = delayMs === 0 ? engine : `${engine}-delay`;
      writePlot(name, `${engineTitle(engine)}, ${network}`, panels);
    }
  }
  if (figures.growth.length > 0) {
    writePlot('growth', 'Time for one row, update without delay', figures.growth.map(growthPanel));
  }
}

function writePlot(name: string, title: string, panels: readonly Panel[]): void {
  writeFileSync(join(folder, `${name}.svg`), drawChart(title, panels));
}

function panelOf(
  { cells }: Figures,
  engine: BenchEngine,
  operation: Operation,
  delayMs: number,
): Panel {
  const own = cells
    .filter((cell) => cell.engine === engine && cell.operation === operation)
    .filter((cell) => cell.delayMs === delayMs)
    .toSorted((one, other) => one.rows - other.rows);
  const lines = peerNames
    .filter((name) => name !== 'hand-written-short')
    .map((name): Line => {
      const points = own.flatMap(({ rows, peers }) =>
        peers.filter(({ peer }) => peer === name).map(({ ms }) => ({ x: rows, y: ms.median })),
      );
      return { name: peerTitle(name), points };
    })
    .filter(({ points }) => points.length > 0);
  return { title: operation, xTitle: 'rows', yTitle: 'ms', lines };
}

function growthPanel({ engine, rows, library, handWritten }: GrowthFigure): Panel {
  const line = (name: string, spreads: GrowthFigure['library']): Line => ({
    name,
    points: rows.map((x, index) => ({ x, y: spreads[index]?.median ?? Number.NaN })),
  });
  return {
    title: engineTitle(engine),
    xTitle: 'rows',
    yTitle: 'µs',
    lines: [line(peerTitle('hand-written'), handWritten), line(peerTitle('unit-of-work'), library)],
  };
}
