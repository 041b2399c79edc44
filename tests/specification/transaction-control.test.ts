import { TransactionFailedError, unitOfWork, UsageError, type UnitOfWork } from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';
import { insertAccounts, rejectionOf, storedAccounts } from '../support/accounts';

const everywhere = ['COMMIT', '/* why */ COMMIT', '-- why\nROLLBACK', '; (BEGIN', 'SAVEPOINT mine'];

/** What MySQL and MariaDB commit before they run it, or on the way. */
const implicit = [
  'CREATE TABLE staging (id INT)',
  'CREATE OR REPLACE TABLE staging (id INT)',
  'DROP TABLE IF EXISTS staging',
  'ALTER TABLE account ADD COLUMN note INT',
  'TRUNCATE TABLE staging',
  'LOCK TABLES account WRITE',
  'SET autocommit = 1',
  'SET @@session.autocommit = 0',
  '/*! TRUNCATE TABLE staging */',
  '# why\nRENAME TABLE account TO accounts',
  'ANALYZE TABLE account',
];

const harmless = ['SELECT 1 AS "commit"', "SELECT 'x' /* COMMIT */", '/* begin */ SELECT 1'];
const temporary = ['CREATE TEMPORARY TABLE mine (id INT)', 'DROP TEMPORARY TABLE mine'];

const isPostgres = ({ engine }: Pick<TestDatabase, 'engine'>) => engine === 'postgres';

onEachDatabase('transaction control', [Account], (database) => {
  let ids: readonly [number, number];
  beforeEach(async () => {
    await database.sql('DELETE FROM account');
    ids = await insertAccounts(database, [0, 0]);
  });

  const balances = async () => (await storedAccounts(database)).map(({ balance }) => balance);

  async function change(uow: UnitOfWork, id: number): Promise<void> {
    (await uow.findOneByOrFail(Account, { id })).balance = 7;
    await uow.flush();
  }

  it('is the unit’s alone: a statement that would end its transaction is not sent', async () => {
    const statements = isPostgres(database) ? everywhere : [...everywhere, ...implicit];
    for (const sql of statements) {
      const error = await rejectionOf(
        unitOfWork(database.source, async (uow) => {
          await change(uow, ids[0]);
          await uow.manager.query(sql);
        }),
      );
      expect({ sql, error, balances: await balances() }).toEqual({
        sql,
        error: expect.any(UsageError),
        balances: [0, 0],
      });
    }
  });

  it('lets other statements pass', async () => {
    const quoted = isPostgres(database) ? harmless : [...harmless.slice(1), ...temporary];
    await unitOfWork(database.source, async (uow) => {
      await change(uow, ids[0]);
      for (const sql of quoted) await uow.manager.query(sql);
      await change(uow, ids[1]);
    });

    expect(await balances()).toEqual([7, 7]);
  });

  it('notices a statement that has ended the transaction, and sends none after it', async () => {
    if (!isPostgres(database)) {
      await database.sql('DROP PROCEDURE IF EXISTS finish');
      await database.sql('CREATE PROCEDURE finish() BEGIN SELECT 1; COMMIT; END');
    }
    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) => {
        await change(uow, ids[0]);
        const finish = isPostgres(database) ? 'SELECT 1; COMMIT' : 'CALL finish()';
        await uow.manager.query(finish).catch(() => undefined);
        await change(uow, ids[1]).catch(() => undefined);
      }),
    );

    expect(error).toBeInstanceOf(TransactionFailedError);
    expect(error).toMatchObject({
      cause: { message: expect.stringContaining('has ended the transaction') },
    });
    expect(await balances()).toEqual([7, 0]);
  });
});
