import { operations, type BenchEngine } from '../cells';
import { formsFor } from '../hand-written/choices';
import { Proxy } from '../proxy/proxy';
import { Stage } from '../stage/stage';
import { closeLineup, openLineup, type Doors, type Lineup } from './lineup';

/** A database with a filled table, and every peer connected to it twice. */
export interface Arena {
  readonly engine: BenchEngine;
  readonly stage: Stage;
  readonly proxy: Proxy;
  /** Connected to the database itself: what there is no network to measure through. */
  readonly direct: Lineup;
  /** Connected through the proxy, which counts and delays. */
  readonly proxied: Lineup;
}

/** Rows to update: more than any cell asks for, so that samples differ. */
const stock = 20_000;

export async function withArena<T>(
  engine: BenchEngine,
  url: string,
  doors: Doors,
  work: (arena: Arena) => Promise<T>,
): Promise<T> {
  const stage = new Stage(engine, url);
  const proxy = await Proxy.open(url);
  const lineups: Lineup[] = [];
  try {
    await stage.checkIsolation();
    await stage.fill(stock);
    for (const target of [url, proxy.url]) {
      lineups.push(await openLineup(doors, { engine, url: target }));
    }
    const [direct = new Map(), proxied = new Map()] = lineups;
    const arena = { engine, stage, proxy, direct, proxied };
    await meetDatabase(arena);
    return await work(arena);
  } finally {
    await Promise.all(lineups.map(closeLineup));
    await proxy.close();
    await stage.close();
  }
}

/** Opens connections and lets everybody learn of the table what he learns only once. */
async function meetDatabase({ engine, stage, direct, proxied }: Arena): Promise<void> {
  for (const peer of [...direct.values(), ...proxied.values()]) {
    for (const operation of operations) {
      const keys = await stage.prepare(operation, 1);
      const [form] = formsFor(engine, operation, 1);
      await peer.run({ operation, load: 'keys', form: form?.name ?? '', units: [keys] });
      await stage.clear(operation, keys);
    }
  }
}
