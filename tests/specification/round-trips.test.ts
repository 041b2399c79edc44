import { setTimeout as wait } from 'node:timers/promises';
import { In } from 'typeorm';
import { unitOfWork, type UnitOfWork, type UnitOfWorkOptions } from '../../lib/index';
import { Account } from '../fixtures/account';
import { Plain, Seat } from '../fixtures/values';
import { onEachDatabase } from '../setup/on-each-database';
import { insertAccounts } from '../support/accounts';
import { withStatementProxy } from '../support/statement-proxy';

/** What a unit does, and the statements that it costs on PostgreSQL, on MySQL, and on MariaDB if fewer. */
interface Example {
  readonly title: string;
  readonly work: (uow: UnitOfWork, ids: readonly number[]) => Promise<unknown>;
  readonly options?: UnitOfWorkOptions;
  readonly postgres: string;
  readonly mysql: string;
  readonly mariadb?: string;
}

const begin = 'SET START';

const examples: readonly Example[] = [
  {
    title: 'sends nothing for a unit that does nothing',
    work: async () => undefined,
    postgres: '',
    mysql: '',
  },
  {
    title: 'reads outside a transaction',
    work: async (uow, ids) => {
      await uow.findBy(Account, { id: In([...ids]) });
      await uow.manager.count(Account);
      await uow.manager.createQueryBuilder(Account, 'a').where('a.balance >= 0').getMany();
    },
    postgres: 'SELECT SELECT SELECT',
    mysql: 'SELECT SELECT SELECT',
  },
  {
    title: 'reads one row and changes it by one statement each',
    work: async (uow) => {
      (await uow.findOneByOrFail(Seat, { slot: 1 })).guest = 'Ada';
    },
    postgres: 'SELECT UPDATE',
    mysql: 'SELECT UPDATE',
  },
  {
    title: 'reads back what the database computes, where it does not answer it',
    work: async (uow, [id]) => {
      (await uow.findOneByOrFail(Account, { id: id! })).balance += 1;
    },
    postgres: 'SELECT UPDATE',
    mysql: 'SELECT UPDATE SELECT',
    mariadb: 'SELECT BEGIN',
  },
  {
    title: 'changes many rows by one statement, where that tells of each row',
    work: async (uow, ids) => {
      for (const account of await uow.findBy(Account, { id: In([...ids]) })) account.balance += 1;
    },
    postgres: 'SELECT WITH',
    mysql: `SELECT ${begin} SELECT UPDATE SELECT COMMIT`,
    mariadb: 'SELECT BEGIN',
  },
  {
    title: 'deletes many rows by one statement, where that can take them back',
    work: async (uow, ids) => uow.remove(await uow.findBy(Account, { id: In([...ids]) })),
    postgres: 'SELECT WITH',
    mysql: `SELECT ${begin} SELECT DELETE COMMIT`,
    mariadb: 'SELECT BEGIN',
  },
  {
    title: 'deletes one row that was read by one statement',
    work: async (uow, [id]) => uow.remove(await uow.findOneByOrFail(Account, { id: id! })),
    postgres: 'SELECT DELETE',
    mysql: 'SELECT DELETE',
  },
  {
    title: 'inserts a row whose values are all given by one statement',
    work: async (uow) => uow.add(Object.assign(new Plain(), { id: 77, text: 'new' })),
    postgres: 'INSERT',
    mysql: 'INSERT',
  },
  {
    title: 'begins before the first statement that is not plainly a read',
    work: async (uow, [id]) => {
      await uow.find(Account);
      await uow.manager.query('SELECT 1');
      (await uow.findOneByOrFail(Account, { id: id! })).balance += 1;
    },
    postgres: 'SELECT START SELECT SELECT UPDATE COMMIT',
    mysql: `SELECT ${begin} SELECT SELECT SELECT UPDATE SELECT COMMIT`,
  },
  {
    title: 'begins before the first locking read',
    work: async (uow, [id]) => {
      await uow.find(Account);
      await uow.findOne(Account, { where: { id: id! }, lock: { mode: 'pessimistic_write' } });
    },
    postgres: 'SELECT START SELECT COMMIT',
    mysql: `SELECT ${begin} SELECT COMMIT`,
  },
  {
    title: 'locks before it writes to two tables',
    work: async (uow, [id]) => {
      (await uow.findOneByOrFail(Account, { id: id! })).balance += 1;
      (await uow.findOneByOrFail(Seat, { slot: 1 })).guest = 'Bob';
    },
    postgres: 'SELECT SELECT START SELECT SELECT UPDATE UPDATE COMMIT',
    mysql: `SELECT SELECT ${begin} SELECT SELECT UPDATE SELECT UPDATE COMMIT`,
  },
  {
    title: 'begins before the first read where reads belong to the transaction',
    work: (uow) => uow.find(Account),
    options: { isolation: 'REPEATABLE READ' },
    postgres: 'START SELECT COMMIT',
    mysql: `${begin} SELECT COMMIT`,
  },
  {
    title: 'begins at once for what is to run after BEGIN',
    work: async () => undefined,
    options: { onBegin: async () => undefined },
    postgres: 'START COMMIT',
    mysql: `${begin} COMMIT`,
  },
];

onEachDatabase('round trips', [Account, Seat, Plain], (database) => {
  let ids: readonly number[];

  beforeEach(async () => {
    await database.sql('DELETE FROM account');
    await database.sql('DELETE FROM seat');
    await database.sql('DELETE FROM plain');
    ids = await insertAccounts(database, [1, 2]);
    // The catalog is asked once per data source and table.
    await unitOfWork(database.source, async (uow) => {
      uow.add(Object.assign(new Seat(), { slot: 1, guest: 'nobody' }));
      uow.add(Object.assign(new Plain(), { id: 1, text: 'old' }));
    });
  });

  it.each(examples)('$title', async ({ work, options, ...expected }) => {
    const run = () => unitOfWork(database.source, (uow) => work(uow, ids), options);
    const statements = await database.recordStatements(run);

    const words = statements.map((text) => /^\s*(\w+)/.exec(text)?.[1] ?? text);
    const { type } = database.options as { readonly type: 'postgres' | 'mysql' | 'mariadb' };
    expect(words.join(' ')).toBe(expected[type] ?? expected.mysql);
  });
});

onEachDatabase(
  'round trips of a driver that does not wait for answers',
  [Account, Seat],
  (database) => {
    it('leave out the one for BEGIN', async () => {
      const [id] = await insertAccounts(database, [1]);
      const sent: number[] = [];
      const hold = async (message: string, received: () => number) => {
        if (!message.includes('START TRANSACTION')) return 'pass' as const;
        const before = received() - message.length;
        await wait(200);
        sent.push(received() - before);
        return 'pass' as const;
      };

      await withStatementProxy(
        database,
        hold,
        (source) =>
          unitOfWork(source, async (uow) => {
            const account = await uow.findOneByOrFail(Account, { id });
            account.balance += 1;
            uow.add(Object.assign(new Seat(), { slot: 1 }));
          }),
        { extra: { pipeline: true } },
      );

      // BEGIN alone has 53 bytes: the locking read came while it was held back.
      expect(sent).toHaveLength(1);
      expect(sent[0]).toBeGreaterThan(100);
      const [row] = await database.sql('SELECT balance, row_version AS v FROM account');
      expect(row).toMatchObject({ balance: 2, v: 2 });
    });
  },
  ({ engine }) => engine === 'postgres',
);
