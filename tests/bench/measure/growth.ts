import type { Cell } from '../cells';
import type { GrowthFigure } from '../figures/figures';
import type { Peer } from '../peers/peer';
import type { Arena } from './arena';
import { rankForms } from './choose-form';
import { takeSample } from './sample';
import { ratiosOf, spreadOf } from './statistics';

const rowCounts: readonly number[] = [1_000, 10_000, 100_000];
const rounds = 7;
/** The first unit after a rest is slower than the next, so that few rows are written several times. */
const unitsOf = (rows: number): number => Math.max(1, 20_000 / rows);
/** One parameter per key would meet the limit of a statement, so a range is read. */
const load = 'range';

/** One peer at one number of rows: microseconds for one row, by round. */
interface Series {
  readonly rows: number;
  readonly peer: Peer;
  readonly form: string;
  readonly times: Map<number, number>;
}

/** Updates more and more rows, by the library and by hand, and compares the time for one row. */
export async function measureGrowth(arena: Arena): Promise<GrowthFigure> {
  const { engine, stage } = arena;
  const { stock } = stage;
  const library: Series[] = [];
  const handWritten: Series[] = [];
  // From few rows to many: the heap that many rows leave behind would slow the few.
  for (const rows of rowCounts) {
    // As small as can be, or the few would pay for a scan of the table that the many need.
    await stage.fill(rows * unitsOf(rows) * 1.2);
    const [best] = await rankForms(arena, cellOf(arena, rows), load);
    const both = [
      seriesOf(arena, 'unit-of-work', rows, ''),
      seriesOf(arena, 'hand-written', rows, best?.form.name ?? ''),
    ] as const;
    library.push(both[0]);
    handWritten.push(both[1]);
    // The first round warms up.
    for (let round = 0; round <= rounds; round++) {
      for (const series of both) await play(arena, series, round);
    }
  }
  await stage.fill(stock);
  return { engine, rows: rowCounts, ...figureOf(library, handWritten) };
}

function figureOf(library: readonly Series[], handWritten: readonly Series[]) {
  const spreads = (all: readonly Series[]) => all.map(({ times }) => spreadOf([...times.values()]));
  const [fewest, most] = [library[0]?.times, library.at(-1)?.times];
  const growth = spreadOf(fewest && most ? ratiosOf(most, fewest) : []);
  return { library: spreads(library), handWritten: spreads(handWritten), growth };
}

function seriesOf(arena: Arena, name: Peer['name'], rows: number, form: string): Series {
  const peer = arena.direct.get(name);
  if (!peer) throw new Error(`growth needs ${name}`);
  return { rows, peer, form, times: new Map() };
}

async function play(
  arena: Arena,
  { rows, peer, form, times }: Series,
  round: number,
): Promise<void> {
  const units = unitsOf(rows);
  const { ms } = await takeSample(arena, peer, cellOf(arena, rows), { form, load, units });
  if (round > 0) times.set(round, (ms * 1_000) / rows);
}

const cellOf = ({ engine }: Arena, rows: number): Cell => ({
  engine,
  operation: 'update',
  rows,
  delayMs: 0,
});
