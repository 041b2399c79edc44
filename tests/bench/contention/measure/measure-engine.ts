import { randomInt } from 'node:crypto';

import { withFreshDatabase } from '../../../support/with-fresh-database';
import type { BenchEngine } from '../../cells';
import { startServer } from '../../stage/start-server';
import { titleOf, type Cell } from '../cells';
import type { CellFigure } from '../figures/figures';
import { measureCell, type CellOptions } from './measure-cell';
import { withRing, type Ring } from './ring';
import { takeSample } from './take-sample';

/** Writers that keep the database busy when its capacity is measured. */
const capacityWriters = 16;

export interface EngineOptions extends CellOptions {
  readonly cells: readonly Cell[];
  /** Hears of each cell that is complete. */
  readonly keep: (figure: CellFigure, version: string) => Promise<void>;
}

/** Measures cells of one database, which is started. */
export async function measureEngine(engine: BenchEngine, options: EngineOptions): Promise<void> {
  const server = await startServer(engine, options.say);
  try {
    await withFreshDatabase(server, (url) =>
      withRing(engine, url, async (ring) => {
        const capacities = new Capacities(ring, options);
        for (const cell of options.cells) {
          const capacity = cell.loop === 'open' ? await capacities.of(cell) : 0;
          await options.keep(await measureCell(ring, cell, capacity, options), server.version);
        }
      }),
    );
  } finally {
    await server.stop();
  }
}

/** How many units of FOR UPDATE a second is the most, by rows, processes and network. */
class Capacities {
  readonly #known = new Map<string, number>();
  readonly #ring: Ring;
  readonly #options: EngineOptions;

  constructor(ring: Ring, options: EngineOptions) {
    this.#ring = ring;
    this.#options = options;
  }

  async of(open: Cell): Promise<number> {
    const cell: Cell = { ...open, loop: 'closed', writers: capacityWriters, load: 0 };
    const title = titleOf(cell);
    const known = this.#known.get(title);
    if (known !== undefined) return known;
    const { seconds, say } = this.#options;
    const options = { seconds, perSecond: 0, seed: randomInt(2 ** 31) };
    const { goodput } = await takeSample(this.#ring, cell, 'for-update', options);
    say(`${title}: the capacity is ${Math.round(goodput).toLocaleString('en-US')}/s`);
    this.#known.set(title, goodput);
    return goodput;
  }
}
