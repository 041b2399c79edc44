import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource } from 'typeorm';

import { unitOfWork, type UnitOfWork } from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { onEachIsolation } from '../setup/on-each-isolation';
import { insertAccounts, storedAccount } from '../support/accounts';
import { Barrier } from '../support/barrier';
import { inspectPool, withPool } from '../support/pools';

const find = (uow: UnitOfWork, id: number) => uow.findOneByOrFail(Account, { id });

const change = async (uow: UnitOfWork, id: number): Promise<void> => {
  (await find(uow, id)).balance += 1;
};

/** What units do beside a read of a row that many want. */
const others: readonly [string, (uow: UnitOfWork, id: number) => Promise<unknown>][] = [
  ['a read by its key', find],
  ['a count', (uow) => uow.manager.count(Account)],
  ['a savepoint that writes', (uow, id) => uow.savepoint(() => change(uow, id))],
  ['a flush', (uow, id) => change(uow, id).then(() => uow.flush())],
];

/** Two units that each have a connection at the same time. */
function meeting(source: DataSource): Promise<void>[] {
  const areBothIn = new Barrier(2);
  const meet = async (uow: UnitOfWork) => {
    await uow.manager.query('SELECT 1');
    await areBothIn.pass();
  };
  return [1, 2].map(() => unitOfWork(source, meet, { timeoutMs: 3_000 }));
}

onEachDatabase('a unit that does several things at once', [Account], (database) => {
  const isPostgres = database.engine === 'postgres';

  onEachIsolation((isolation) => {
    it.each(others)(
      'does not stand in line while it holds a connection for %s',
      async (_, other) => {
        const [hot, cold] = await insertAccounts(database, [0, 0]);
        const extra = isPostgres ? { options: '-c deadlock_timeout=20ms' } : {};

        await withPool(database, { poolSize: 2, extra }, async (source) => {
          const unit = async (uow: UnitOfWork) => {
            await Promise.all([change(uow, hot), other(uow, cold)]);
          };
          const units = Array.from({ length: 30 }, async (__, i) => {
            await wait(i % 10);
            // In line each would wait for a second.
            await unitOfWork(source, unit, { isolation, timeoutMs: 2_500 });
          });
          const refused = (await Promise.allSettled(units)).filter(
            (one) => one.status === 'rejected',
          );
          expect(refused).toEqual([]);
        });

        expect(await storedAccount(database, hot)).toMatchObject({ balance: 30 });
      },
    );
  });

  it('gives back the connection of reads that a subscriber has left behind', async () => {
    const [id, another] = await insertAccounts(database, [0, 0]);

    await withPool(database, { poolSize: 2 }, async (source) => {
      // A connection that must be opened first comes too late for the other read.
      await Promise.all(meeting(source));
      let reads: Promise<unknown> | undefined;
      source.subscribers.push({
        afterQuery: ({ query, manager }) => {
          if (!query.includes('ORDER BY') || reads) return;
          const read = (one: number) => manager.findOneBy(Account, { id: one });
          reads = wait(20).then(() => Promise.all([read(id), read(another)]));
        },
      });
      await unitOfWork(source, async (uow) => {
        await uow.find(Account, { order: { id: 'ASC' } });
        await reads;
      });

      expect(await Promise.allSettled(meeting(source))).toMatchObject([
        { status: 'fulfilled' },
        { status: 'fulfilled' },
      ]);
      expect(await inspectPool(database, source, 2)).toEqual({ connections: 2, inTransaction: [] });
    });
  });
});
