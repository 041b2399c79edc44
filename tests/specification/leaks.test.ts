import type { DataSource } from 'typeorm';

import {
  configureUnitOfWork,
  constantBackoff,
  unitOfWork,
  unlimitedBudget,
  UnitOfWorkReceipt,
  type UnitOfWork,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';
import { insertAccounts } from '../support/accounts';
import { fates, type Scene } from '../support/leaks/fates';
import { countListeners, freeMemory, heapBytes } from '../support/leaks/measure';
import { isMainTypeorm } from '../support/how-many-rounds';
import { inspectPool, withPool } from '../support/pools';
import { openTransactions } from '../support/sessions';

const poolSize = 4;
// More than connections, so that units wait for them.
const lanes = 6;
/** `LEAKS=100000` looks for what is lost slowly. */
const units = Number(process.env['LEAKS'] ?? (isMainTypeorm ? 1_500 : 500));
// A unit that stays weighs 20,000 bytes and more; the engine's own code and feedback grow a little at first.
const mostGrowth = 3_000_000 + 10 * units;
const kinds = Object.entries(fates);

/** Units that ran, held so that they can be collected. */
interface Crowd {
  readonly outcomes: Map<string, number>;
  readonly unexpected: string[];
  readonly seen: WeakRef<UnitOfWork>[];
}

async function runCrowd(scenes: readonly Scene[], count: number, crowd: Crowd): Promise<void> {
  let next = 0;
  const runLane = async (scene: Scene) => {
    for (let unit = next++; unit < count && crowd.unexpected.length < 5; unit = next++) {
      const [name, { error = 'none' }] = kinds[unit % kinds.length]!;
      const outcome = await runFate(name, scene, crowd);
      crowd.outcomes.set(outcome, (crowd.outcomes.get(outcome) ?? 0) + 1);
      if (outcome !== error) crowd.unexpected.push(`${name}: ${outcome}`);
    }
  };
  await Promise.all(scenes.map(runLane));
}

async function runFate(name: string, scene: Scene, { seen }: Crowd): Promise<string> {
  const { work, options } = fates[name]!;
  const abort = new AbortController();
  const all = { signal: scene.signal, retry: constantBackoff(1), ...options?.(abort) };
  try {
    await unitOfWork(
      scene.source,
      async (uow) => {
        seen.push(new WeakRef(uow));
        await work(uow, scene, abort);
      },
      all,
    );
    return 'none';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

async function openScenes(database: TestDatabase, source: DataSource, signal: AbortSignal) {
  configureUnitOfWork(source, { budget: unlimitedBudget });
  const ids = await insertAccounts(
    database,
    Array.from({ length: lanes }, () => 0),
  );
  return ids.map((id): Scene => ({ database, source, id, signal }));
}

onEachDatabase(
  'leaks',
  [Account, UnitOfWorkReceipt],
  (database) => {
    it(
      `leaves nothing behind after ${units} units of every fate`,
      async () => {
        await withPool(database, { poolSize }, async (source) => {
          const { signal } = new AbortController();
          const scenes = await openScenes(database, source, signal);
          const crowd: Crowd = { outcomes: new Map(), unexpected: [], seen: [] };
          await runCrowd(scenes, 20 * kinds.length, crowd);
          const before = await countListeners(source, poolSize, signal);

          await runCrowd(scenes, Math.ceil(units / 3), crowd);
          crowd.seen.length = 0;
          const heapAtThird = await heapBytes();
          await runCrowd(scenes, Math.floor((2 * units) / 3), crowd);
          await freeMemory();
          const alive = crowd.seen.filter((unit) => unit.deref() !== undefined).length;
          const started = crowd.seen.length;
          crowd.seen.length = 0;
          const grown = (await heapBytes()) - heapAtThird;

          const counts = [...crowd.outcomes].map((pair) => pair.join(' ')).join(', ');
          process.stdout.write(
            `leaks on ${database.name}: ${counts}; ${alive} of ${started} attempts alive, ` +
              `heap ${(heapAtThird / 1e6).toFixed(1)} MB at a third, ${(grown / 1e6).toFixed(2)} MB more at the end\n`,
          );
          expect(crowd.unexpected).toEqual([]);
          const { timers, ...listeners } = await countListeners(source, poolSize, signal);
          expect({ ...listeners, timers: before.timers }).toEqual(before);
          // Pools have one for each idle connection.
          expect(timers).toBeLessThan(before.timers + 20);
          expect(before).toMatchObject({ signal: 0 });
          expect(await inspectPool(database, source, poolSize)).toEqual({
            connections: poolSize,
            inTransaction: [],
          });
          expect(await openTransactions(database)).toEqual([]);
          // The last of each lane may hang on a frame that has not been left.
          expect(alive).toBeLessThanOrEqual(lanes);
          expect(grown).toBeLessThan(mostGrowth);
        });
      },
      Math.max(120_000, 20 * units),
    );
  },
  ({ name }) => name === 'postgres' || name === 'mariadb',
);
