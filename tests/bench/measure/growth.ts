import type { Cell } from '../cells';
import type { GrowthFigure } from '../figures/figures';
import type { Peer } from '../peers/peer';
import type { Stage } from '../stage/stage';
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
  for (const rows of rowCounts) {
    await fillFor(stage, rows);
    const [best] = await rankForms(arena, cellOf(arena, rows), load);
    library.push(seriesOf(arena, 'unit-of-work', rows, ''));
    handWritten.push(seriesOf(arena, 'hand-written', rows, best?.form.name ?? ''));
  }
  // The first round warms up. All sizes play in each, so that a busy moment meets all of them.
  for (let round = 0; round <= rounds; round++) {
    for (const rows of rowCounts) {
      await fillFor(stage, rows);
      const both = [...library, ...handWritten].filter((series) => series.rows === rows);
      for (const series of both) await play(arena, series, round);
    }
  }
  await stage.fill(stock);
  return { engine, rows: rowCounts, ...figureOf(library, handWritten) };
}

/** A table as small as can be, or the few would pay for a scan of what the many need. */
const fillFor = (stage: Stage, rows: number): Promise<void> =>
  stage.fill(rows * unitsOf(rows) * 1.2);

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
