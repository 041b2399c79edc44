import { withBetweenMarks } from '../../support/between-marks';
import { markdownTable } from '../../support/markdown-table';
import { engines, networkDelayMs, operations, rowCounts, type Cell } from '../cells';
import { peerNames, type PeerName } from '../peers/peer';
import type { CellFigure, Figures, PeerFigure } from './figures';
import { describeVersions, engineTitle, peerTitle } from './titles';

const columns = peerNames.filter((name) => name !== 'hand-written-short');
const delays = [0, networkDelayMs] as const;

/**
 * The README with the tables that the figures make.
 *
 * @throws {Error} It has no place for them.
 */
export function withTable(readme: string, figures: Figures): string {
  return withBetweenMarks(readme, 'bench', describeFigures(figures));
}

/** Both tables and what a reader must know of them. */
export function describeFigures(figures: Figures): string {
  const times = tableOf(figures, rowCounts, timeOf);
  const trips = tableOf(figures, [1, 1_000], tripsOf);
  return [times, legendOf(figures), trips].join('\n\n');
}

type Describe = (figure: PeerFigure) => string;

function tableOf(figures: Figures, counts: readonly number[], describe: Describe): string {
  const titles = ['database', 'operation', 'rows', ...columns.map(peerTitle)];
  const rows = engines.flatMap((engine) =>
    operations.flatMap((operation) =>
      counts.flatMap((rows) => {
        const cells = delays.map((delayMs) => find(figures, { engine, operation, rows, delayMs }));
        if (cells.every((cell) => cell === undefined)) return [];
        const labels = [engineTitle(engine), operation, rows.toLocaleString('en-US')];
        return [[...labels, ...columns.map((peer) => describePlace(cells, peer, describe))]];
      }),
    ),
  );
  // The database and the operation are text, the others figures.
  return markdownTable([titles, ...rows], 2);
}

const find = ({ cells }: Figures, cell: Cell): CellFigure | undefined =>
  cells.find(
    (one) =>
      one.engine === cell.engine &&
      one.operation === cell.operation &&
      one.rows === cell.rows &&
      one.delayMs === cell.delayMs,
  );

/** Without delay and with it; once where both are the same. */
function describePlace(
  cells: readonly (CellFigure | undefined)[],
  name: PeerName,
  describe: Describe,
): string {
  const texts = cells.map((cell) => {
    const figure = cell?.peers.find(({ peer }) => peer === name);
    return figure ? describe(figure) : '?';
  });
  return [...new Set(texts)].join(' / ');
}

const timeOf: Describe = ({ peer, ms, ratio }) =>
  peer === 'hand-written' ? `${short(ms.median)} ms` : `${short(ratio.median)} ×`;

const tripsOf: Describe = ({ roundTrips }) => Math.round(roundTrips).toLocaleString('en-US');

/** Two digits behind the point for small numbers, none for large ones. */
const short = (value: number): string =>
  value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en-US');

function legendOf({ versions, memory, growth }: Figures): string {
  return [
    `Left of the slash without delay, right of it with ${networkDelayMs} ms added to each round trip. By hand:`,
    'BEGIN, SELECT, the fastest of three or more guarded statements for all rows, COMMIT. The others are',
    'multiples of it, medians over the rounds of one run; keys are given by the client. TypeORM checks no',
    'version, MikroORM none of a DELETE.',
    ...memory.map(
      ({ engine, plain, tracked }) =>
        `${engineTitle(engine)}: ${tracked - plain} bytes for a tracked entity beside its own ${plain}.`,
    ),
    ...growth.map(
      ({ engine, growth }) =>
        `${engineTitle(engine)}: a row of 100,000 takes ${growth.median.toFixed(2)} × the time of a row of 1,000.`,
    ),
    `Measured with ${describeVersions(versions)}. Round trips, counted at the wire:`,
  ].join('\n');
}
