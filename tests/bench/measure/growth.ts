import type { Cell } from '../cells';
import type { GrowthFigure } from '../figures/figures';
import type { Peer } from '../peers/peer';
import type { Arena } from './arena';
import { rankForms } from './choose-form';
import { takeSample } from './sample';
import { ratiosOf, spreadOf } from './statistics';

const rowCounts: readonly number[] = [1_000, 10_000, 100_000];
const rounds = 7;
/** So many rows are written one after the other in a sample of fewer rows, in several units. */
const rowsPerSample = 20_000;
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
  await stage.fill(Math.max(...rowCounts) * 1.2);
  const library = await prepare(arena, 'unit-of-work');
  const handWritten = await prepare(arena, 'hand-written');
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const series of [...library, ...handWritten]) await play(arena, series, round);
  }
  await stage.fill(stock);
  const spreads = (all: readonly Series[]) => all.map(({ times }) => spreadOf([...times.values()]));
  const [fewest, most] = [library[0]?.times, library.at(-1)?.times];
  return {
    engine,
    rows: rowCounts,
    library: spreads(library),
    handWritten: spreads(handWritten),
    growth: spreadOf(fewest && most ? ratiosOf(most, fewest) : []),
  };
}

async function prepare(arena: Arena, name: Peer['name']): Promise<Series[]> {
  const peer = arena.direct.get(name);
  if (!peer) throw new Error(`growth needs ${name}`);
  const series: Series[] = [];
  for (const rows of rowCounts) {
    const [best] = name === 'hand-written' ? await rankForms(arena, cellOf(arena, rows), load) : [];
    series.push({ rows, peer, form: best?.form.name ?? '', times: new Map() });
  }
  return series;
}

async function play(
  arena: Arena,
  { rows, peer, form, times }: Series,
  round: number,
): Promise<void> {
  const units = Math.max(1, rowsPerSample / rows);
  const { ms } = await takeSample(arena, peer, cellOf(arena, rows), { form, load, units });
  if (round > 0) times.set(round, (ms * 1_000) / rows);
}

const cellOf = ({ engine }: Arena, rows: number): Cell => ({
  engine,
  operation: 'update',
  rows,
  delayMs: 0,
});
