import { In, type DataSource, type EntitySubscriberInterface } from 'typeorm';
import {
  AfterCommitError,
  CommitOutcomeUnknownError,
  ConcurrencyError,
  MappingError,
  unitOfWork,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { Plain, Seat } from '../fixtures/values';
import { onEachDatabase } from '../setup/on-each-database';
import {
  changeAsRival,
  deleteAsRival,
  insertAccounts,
  rejectionOf,
  storedAccounts,
} from '../support/accounts';
import { countTransactions } from '../support/sessions';
import { withStatementProxy } from '../support/statement-proxy';

// The last flush of a unit, where one statement is the whole transaction.
onEachDatabase('a statement that commits by itself', [Account, Seat, Plain], (database) => {
  const isPostgres = () => database.engine === 'postgres';
  const isWrite = (message: string) => /UPDATE [`"(]|UPDATE\b.*\bSET\b/s.test(message);
  const increment = (source: DataSource, id: number) =>
    unitOfWork(source, async (uow) => {
      const account = await uow.findOneByOrFail(Account, { id });
      account.balance += 1;
      return uow.attempt;
    });

  beforeEach(async () => {
    await database.sql('DELETE FROM account');
    await database.sql('DELETE FROM plain');
  });

  it('is never replayed when its answer is lost', async () => {
    const [id] = await insertAccounts(database, [0]);
    let sent = 0;
    const lose = (message: string) => {
      if (!isWrite(message)) return 'pass';
      sent++;
      return 'lose-answer';
    };

    const error = await withStatementProxy(database, lose, (source) =>
      rejectionOf(increment(source, id)),
    );

    expect(error).toBeInstanceOf(CommitOutcomeUnknownError);
    expect(sent).toBe(1);
    expect(await storedAccounts(database)).toMatchObject([{ balance: 1, version: 2 }]);
  });

  it('is an unknown outcome when the time is up while it waits for a lock', async () => {
    const [id] = await insertAccounts(database, [0]);
    const rival = await database.openSource();

    const error = await rival.transaction(async (manager) => {
      await manager.findOne(Account, { where: { id }, lock: { mode: 'pessimistic_write' } });
      const unit = async () => {
        const account = await database.source.manager.findOneByOrFail(Account, { id });
        return unitOfWork(
          database.source,
          async (uow) => {
            const own = await uow.findOneByOrFail(Account, { id: account.id });
            own.balance += 1;
          },
          { timeoutMs: 300 },
        );
      };
      return rejectionOf(unit());
    });

    expect(error).toBeInstanceOf(CommitOutcomeUnknownError);
  });

  it('writes nothing if one row is stale, and names each that is', async () => {
    const [fresh, changed, deleted] = await insertAccounts(database, [1, 2, 3]);

    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          const accounts = await uow.findBy(Account, { id: In([fresh, changed, deleted]) });
          await changeAsRival(database, changed, 20);
          await deleteAsRival(database, deleted);
          for (const account of accounts) account.balance += 100;
        },
        { retry: { maxAttempts: 1 } },
      ),
    );

    expect(error).toBeInstanceOf(ConcurrencyError);
    const { conflicts } = error as ConcurrencyError;
    expect(conflicts.map(({ key, actualVersion }) => [key, actualVersion])).toEqual([
      [[changed], 2],
      [[deleted], null],
    ]);
    expect(await storedAccounts(database)).toMatchObject([
      { id: fresh, balance: 1, version: 1 },
      { id: changed, balance: 20, version: 2 },
    ]);
  });

  it('names all rows if all of them are stale', async () => {
    const ids = await insertAccounts(database, [1, 2]);

    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          uow.remove(await uow.findBy(Account, { id: In([...ids]) }));
          for (const id of ids) await deleteAsRival(database, id);
        },
        { retry: { maxAttempts: 1 } },
      ),
    );

    expect((error as ConcurrencyError).conflicts.map(({ key }) => key)).toEqual(
      ids.map((id) => [id]),
    );
  });

  it('is replayed after a conflict, and applied once', async () => {
    const [id] = await insertAccounts(database, [0]);

    const attempt = await unitOfWork(database.source, async (uow) => {
      const account = await uow.findOneByOrFail(Account, { id });
      if (uow.attempt === 1) await changeAsRival(database, id, 10);
      account.balance += 1;
      return uow.attempt;
    });

    expect(attempt).toBe(2);
    expect(await storedAccounts(database)).toMatchObject([{ balance: 11, version: 3 }]);
  });

  const laterEvents = [
    'afterUpdate',
    'beforeTransactionCommit',
    'afterTransactionStart',
    'afterQuery',
  ] as const;

  it.each(laterEvents)('is not sent where %s could refuse it', async (event) => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource();
    const refuse = (told: unknown) => {
      const { query = 'UPDATE t SET' } = told as { query?: string };
      if (isWrite(query)) throw new Error('refused');
    };
    const subscriber: EntitySubscriberInterface = { [event]: refuse };
    source.subscribers.push(subscriber);

    await rejectionOf(increment(source, id));

    expect(await storedAccounts(database)).toMatchObject([{ balance: 0, version: 1 }]);
  });

  it('is not sent for an entity that could not take over its version', async () => {
    const [id] = await insertAccounts(database, [0]);

    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) => {
        const account = await uow.findOneByOrFail(Account, { id });
        account.balance = 7;
        Object.freeze(account);
      }),
    );

    expect(error).toBeInstanceOf(TypeError);
    expect(await storedAccounts(database)).toMatchObject([{ balance: 0, version: 1 }]);
  });

  it('stays committed if an entity refuses its new version all the same', async () => {
    const [id] = await insertAccounts(database, [0]);

    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) => {
        const account = await uow.findOneByOrFail(Account, { id });
        account.balance = 7;
        Object.defineProperty(account, 'version', {
          get: () => 1,
          set: () => {
            throw new Error('no setter for you');
          },
        });
        return 'the result';
      }),
    );

    expect(error).toBeInstanceOf(AfterCommitError);
    expect(error).toMatchObject({ result: 'the result' });
    expect(await storedAccounts(database)).toMatchObject([{ balance: 7, version: 2 }]);
  });

  it('takes over what the database computed for this unit, and not what a rival wrote since', async () => {
    const [id] = await insertAccounts(database, [0]);
    let written = false;
    const rivalComesNext = async (message: string) => {
      // On MySQL and MariaDB the row is read once more after the write.
      if (written && message.includes('x.ord')) await changeAsRival(database, id, 50);
      written ||= isWrite(message);
      return 'pass' as const;
    };

    const account = await withStatementProxy(database, rivalComesNext, (source) =>
      unitOfWork(source, async (uow) => {
        const loaded = await uow.findOneByOrFail(Account, { id });
        loaded.balance += 1;
        return loaded;
      }),
    );

    expect(account).toMatchObject({ balance: 1, version: 2 });
    const version = isPostgres() ? 2 : 3;
    expect(await storedAccounts(database)).toMatchObject([{ version }]);
  });

  it('leaves no transaction open, whatever was read', async () => {
    const [id] = await insertAccounts(database, [0]);

    await increment(database.source, id);

    expect(await countTransactions(database)).toBe(0);
  });
});

onEachDatabase(
  'a statement whose rows a trigger keeps from being written',
  [Account],
  (database) => {
    beforeAll(async () => {
      await database.sql(`CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.owner = 'kept' THEN RETURN NULL; END IF; RETURN NEW; END $$`);
      await database.sql(
        'CREATE TRIGGER keep BEFORE INSERT OR UPDATE ON account FOR EACH ROW EXECUTE FUNCTION keep()',
      );
    });

    it('stores none of them when rows are changed', async () => {
      const ids = await insertAccounts(database, [1, 2]);

      const error = await rejectionOf(
        unitOfWork(database.source, async (uow) => {
          const [first, second] = await uow.findBy(Account, { id: In([...ids]) });
          Object.assign(first!, { owner: 'written', balance: 10 });
          Object.assign(second!, { owner: 'kept', balance: 20 });
        }),
      );

      expect(error).toBeInstanceOf(MappingError);
      expect(await storedAccounts(database)).toMatchObject([{ version: 1 }, { version: 1 }]);
    });

    it('stores none of them when rows are inserted', async () => {
      await database.sql('DELETE FROM account');
      const made = ['written', 'kept'].map((owner) => Object.assign(new Account(), { owner }));

      const error = await rejectionOf(unitOfWork(database.source, async (uow) => uow.add(made)));

      expect(error).toBeInstanceOf(MappingError);
      expect(await storedAccounts(database)).toEqual([]);
    });
  },
  ({ engine }) => engine === 'postgres',
);

onEachDatabase(
  'connections with settings of their own',
  [Account],
  (database) => {
    const words = (statements: readonly string[]) =>
      statements.map((text) => text.trim().split(/\s/)[0]).join(' ');
    const openWith = async (statement: string) => {
      const source = await database.openSource({ poolSize: 1 });
      await source.query(statement);
      return source;
    };

    it('read in a transaction where autocommit is off', async () => {
      const [id] = await insertAccounts(database, [0]);
      const source = await openWith('SET autocommit = 0');
      await unitOfWork(source, (uow) => uow.find(Account));

      const statements = await database.recordStatements(() =>
        unitOfWork(source, (uow) => uow.findOneBy(Account, { id })),
      );

      expect(words(statements)).toBe('SET START SELECT COMMIT');
    });

    it('need not be told the isolation level that they have', async () => {
      const source = await openWith('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
      await unitOfWork(source, (uow) => uow.find(Account));

      const statements = await database.recordStatements(() =>
        unitOfWork(source, (uow) => uow.manager.query('SELECT 1')),
      );

      expect(words(statements)).toBe('START SELECT COMMIT');
    });
  },
  ({ engine }) => engine !== 'postgres',
);
