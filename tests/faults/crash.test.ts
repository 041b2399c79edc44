import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { DataSource } from 'typeorm';

import { configureUnitOfWork, unlimitedBudget } from '../../lib/index';
import { createDatabase, type DatabaseServer } from '../setup/databases';
import { chooseVariants } from '../setup/database/matrix';
import { optionsOf, startCrashingServer, type CrashingEngine } from './crash/crashing-server';
import { verify } from './crash/verify';
import { startWriters, type Record } from './crash/writers';
import { Account } from './ledger/entities';
import { faults } from './ledger/judge';
import { openingBalance } from './ledger/ledger';
import { crashes, seed } from './settings';
import { Tally } from './tally';

const timeoutMs = 300_000;
const writers = 8;
const beforeMs = 1_500;
const afterMs = 1_500;

const engines = chooseVariants()
  .map(({ name }) => name)
  .filter((name): name is CrashingEngine => name === 'postgres' || name === 'mariadb');

describe.each(engines)('%s: a ledger on a server that is killed', (engine) => {
  let server: DatabaseServer | undefined;
  beforeAll(async () => {
    server = await startCrashingServer(engine);
  }, timeoutMs);
  afterAll(() => server?.stop(), timeoutMs);

  const rounds = Array.from({ length: crashes }, (_, index) => seed + index);
  it.each(rounds)(
    'is right when it is back, seed %d',
    async (round) => {
      const url = await createDatabase(server!);
      const source = await new DataSource({
        ...optionsOf(engine, url),
        synchronize: true,
      }).initialize();
      const tally = new Tally();
      try {
        configureUnitOfWork(source, { budget: unlimitedBudget });
        const accounts = await openAccounts(source);

        const running = startWriters(source, { count: writers, accounts, seed: round });
        await wait(beforeMs);
        running.noteCrash();
        await server!.crash!();
        await wait(afterMs);
        const records = await running.stop();

        const objections = await verify(engine, url, accounts, records);
        const wrong = [...objections].filter(([, found]) => found.length > 0);
        count(tally, objections);
        process.stdout.write(tally.describe(`${engine}, killed and started again, seed ${round}`));
        expect(inspect(wrong.slice(0, 3), { depth: 5 })).toBe('[]');
        for (const fault of faults) expect(tally.faults(fault)).toBe(0);
        // Nobody meets a server that is killed while nobody writes.
        expect(tally.cuts).toBeGreaterThanOrEqual(writers);
        // How many depends on how long a COMMIT takes the machine.
        expect(tally.answers('committed')).toBeGreaterThan(2 * writers);
      } finally {
        await source.destroy();
      }
    },
    timeoutMs,
  );
});

async function openAccounts(source: DataSource): Promise<readonly number[]> {
  const ids = Array.from({ length: 16 }, (_, index) => index + 1);
  const values = ids.map((id) => ({ id, balance: openingBalance, history: '' }));
  await source.manager.insert(Account, values);
  return ids;
}

function count(tally: Tally, objections: ReadonlyMap<Record, Parameters<Tally['add']>[1]>): void {
  for (const [{ told, isUnreached, isOverlapping }, found] of objections) {
    tally.add(isUnreached ? 'rolled back' : told.answer, found);
    if (isOverlapping) tally.cuts++;
  }
}
