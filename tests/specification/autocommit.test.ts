import { setTimeout as wait } from 'node:timers/promises';
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
import { openTransactions, sleepStatement } from '../support/sessions';
import { withStatementProxy } from '../support/statement-proxy';

interface Sender {
  query(sql: string): Promise<unknown>;
}

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

  const laterEvents = ['afterUpdate', 'beforeTransactionCommit', 'afterTransactionStart'] as const;

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

  it.each(['afterQuery', 'beforeQuery'] as const)(
    'is not sent where %s hears of it',
    async (event) => {
      const [id] = await insertAccounts(database, [0]);
      const source = await database.openSource();
      const subscriber: EntitySubscriberInterface = { [event]: () => undefined };
      source.subscribers.push(subscriber);

      const statements = await database.recordStatements(() => increment(source, id));

      expect(statements.map((text) => text.trim())).toContain('COMMIT');
    },
  );

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
      // On MySQL the row is read once more after the write.
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
    const version = database.options.type === 'mysql' ? 3 : 2;
    expect(await storedAccounts(database)).toMatchObject([{ version }]);
  });

  it('takes everything back if a listener has begun the transaction by then', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource();
    source.subscribers.push({ beforeUpdate: ({ manager }) => manager.query('SELECT 1') });
    let kept: Account | undefined;

    const unit = unitOfWork(
      source,
      async (uow) => {
        kept = await uow.findOneByOrFail(Account, { id });
        kept.balance = 7;
        uow.afterCommit(() => undefined);
        source.subscribers.push({ beforeTransactionCommit: () => Promise.reject(new Error('no')) });
      },
      { retry: { maxAttempts: 1 } },
    );

    expect(await rejectionOf(unit)).toMatchObject({ message: 'no' });
    expect(kept).toMatchObject({ balance: 7, version: 1 });
    expect(await storedAccounts(database)).toMatchObject([{ balance: 0, version: 1 }]);
  });

  it('is what counts, whatever is said to the unit while it is under way', async () => {
    const [id] = await insertAccounts(database, [0]);
    let during: (() => void) | undefined;
    const proxy = (message: string) => {
      if (isWrite(message)) during?.();
      return 'pass' as const;
    };

    const outcome = await withStatementProxy(database, proxy, (source) =>
      unitOfWork(source, async (uow) => {
        const account = await uow.findOneByOrFail(Account, { id });
        account.balance += 1;
        during = () => {
          // Both are refused, and nobody looks.
          void uow.manager.query('SELECT * FROM nowhere').catch(() => undefined);
          expect(() => uow.expectVersion(account, 77)).toThrow(ConcurrencyError);
        };
        return uow.attempt;
      }).catch((error: unknown) => error),
    );

    expect(outcome).toBe(1);
    expect(await storedAccounts(database)).toMatchObject([{ balance: 1, version: 2 }]);
  });

  it('is sent on no connection on which somebody has left a transaction open', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 1 });
    await increment(source, id);
    const runner = source.createQueryRunner();
    await runner.query('BEGIN');
    await runner.query('SELECT * FROM account');
    await runner.release();

    const attempt = await increment(source, id);

    expect(attempt).toBe(isPostgres() ? 1 : 2);
    expect(await storedAccounts(database)).toMatchObject([{ balance: 2, version: 3 }]);
    expect(await openTransactions(database)).toEqual([]);
  });

  it('is sent on no connection that a client timeout has left behind', async () => {
    const [id] = await insertAccounts(database, [0]);
    const extra = { max: 1, query_timeout: 200 };
    const source = await database.openSource(isPostgres() ? { extra } : { poolSize: 1 });
    const sleep = sleepStatement(database, 0.7);
    if (isPostgres()) {
      await rejectionOf(source.transaction((manager) => manager.query(sleep)));
      await wait(900);
    }

    await increment(source, id);

    expect(await storedAccounts(database)).toMatchObject([{ balance: 1, version: 2 }]);
    expect(await openTransactions(database)).toEqual([]);
  });

  it('is replayed if the connection is lost while it is asked why it wrote nothing', async () => {
    const [id] = await insertAccounts(database, [0]);
    let [writes, readsAfter] = [0, 0];
    const lose = async (message: string) => {
      if (isWrite(message) && ++writes === 1) await changeAsRival(database, id, 10);
      else if (writes === 1 && /SELECT/.test(message) && ++readsAfter === 1) return 'lose-answer';
      return 'pass' as const;
    };

    const attempt = await withStatementProxy(database, lose, (source) => increment(source, id));

    expect(readsAfter).toBeGreaterThan(0);
    expect(attempt).toBe(2);
    expect(await storedAccounts(database)).toMatchObject([{ balance: 11, version: 3 }]);
  });

  it('hands nobody a connection that it only borrows', async () => {
    const source = await database.openSource({ poolSize: 1 });
    let during: (() => unknown) | undefined;
    const proxy = (message: string) => {
      if (/FROM [`"]account/.test(message)) during?.();
      return 'pass' as const;
    };

    const error = await withStatementProxy(database, proxy, (proxied) =>
      rejectionOf(
        unitOfWork(proxied, async (uow) => {
          let connecting: Promise<unknown> | undefined;
          during = () => (connecting ??= uow.manager.queryRunner!.connect() as Promise<unknown>);
          await uow.find(Account);
          // mysql2 has its promises apart.
          const connection = (await connecting) as { promise?(): Sender } & Sender;
          await (connection.promise?.() ?? connection).query("INSERT INTO plain VALUES (9, 'raw')");
          throw new Error('roll back');
        }),
      ),
    );

    expect(error).toMatchObject({ message: 'roll back' });
    expect(await source.manager.find(Plain)).toEqual([]);
  });

  it('leaves nothing behind where BEGIN was refused and the refusal swallowed', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource();
    let refusals = 0;
    source.subscribers.push({
      beforeTransactionStart: () => {
        if (refusals++ === 0) throw new Error('not now');
      },
    });

    await rejectionOf(
      unitOfWork(source, async (uow) => {
        const account = await uow.findOneByOrFail(Account, { id });
        await uow.manager.query('SELECT 1').catch(() => undefined);
        account.balance = 99;
        await uow.flush();
      }),
    );

    expect(await storedAccounts(database)).toMatchObject([{ balance: 0, version: 1 }]);
  });

  it('leaves no transaction open, whatever was read', async () => {
    const [id] = await insertAccounts(database, [0]);

    await increment(database.source, id);

    expect(await openTransactions(database)).toEqual([]);
  });
});

onEachDatabase(
  'a statement whose rows a trigger keeps from being written',
  [Account],
  (database) => {
    // By when the data source asked the catalog what it may send alone.
    const sources: Record<string, DataSource> = {};
    beforeAll(async () => {
      sources['before the trigger was made'] = database.source;
      await insertAccounts(database, [0, 0]);
      await database.sql(`CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.owner = 'kept' THEN RETURN NULL; END IF; RETURN NEW; END $$`);
      await database.sql(
        'CREATE TRIGGER keep BEFORE INSERT OR UPDATE ON account FOR EACH ROW EXECUTE FUNCTION keep()',
      );
      sources['after it'] = await database.openSource();
    });
    beforeEach(() => database.sql('DELETE FROM account'));

    it.each(['before the trigger was made', 'after it'])(
      'stores none of them when rows are changed by who asked for the table %s',
      async (asked) => {
        const ids = await insertAccounts(database, [1, 2]);

        const error = await rejectionOf(
          unitOfWork(sources[asked]!, async (uow) => {
            const [first, second] = await uow.findBy(Account, { id: In([...ids]) });
            Object.assign(first!, { owner: 'written', balance: 10 });
            Object.assign(second!, { owner: 'kept', balance: 20 });
          }),
        );

        expect(error).toBeInstanceOf(MappingError);
        expect(await storedAccounts(database)).toMatchObject([{ version: 1 }, { version: 1 }]);
      },
    );

    it.each(['before the trigger was made', 'after it'])(
      'stores none of them when rows are inserted by who asked for the table %s',
      async (asked) => {
        const made = ['written', 'kept'].map((owner) => Object.assign(new Account(), { owner }));

        const error = await rejectionOf(unitOfWork(sources[asked]!, async (uow) => uow.add(made)));

        expect(error).toBeInstanceOf(MappingError);
        expect(await storedAccounts(database)).toEqual([]);
      },
    );

    it('stores nothing either where the trigger writes elsewhere instead', async () => {
      const [id] = await insertAccounts(database, [1]);
      await database.sql(`CREATE FUNCTION softly() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN UPDATE account SET owner = 'deleted' WHERE id = OLD.id; RETURN NULL; END $$`);
      await database.sql(
        'CREATE TRIGGER softly BEFORE DELETE ON account FOR EACH ROW EXECUTE FUNCTION softly()',
      );
      // The catalog is asked once per data source.
      const source = await database.openSource();

      const error = await rejectionOf(
        unitOfWork(source, async (uow) => uow.remove(await uow.findOneByOrFail(Account, { id }))),
      );
      await database.sql('DROP TRIGGER softly ON account');

      expect(error).toBeInstanceOf(MappingError);
      expect((await storedAccounts(database)).map(({ owner }) => owner)).not.toContain('deleted');
    });
  },
  ({ engine }) => engine === 'postgres',
);

onEachDatabase(
  'a server that is stricter than READ COMMITTED',
  [Seat],
  (database) => {
    it('makes no conflict of values that are not versioned', async () => {
      const seat = Object.assign(new Seat(), { slot: 1 });
      await unitOfWork(database.source, async (uow) => uow.add(seat));
      const extra = { options: '-c default_transaction_isolation=repeatable\\ read' };
      const source = await database.openSource({ extra });
      const increment = () =>
        unitOfWork(
          source,
          async (uow) => {
            (await uow.findOneByOrFail(Seat, { slot: 1 })).views += 1;
          },
          { retry: { maxAttempts: 1 } },
        );

      const units = Array.from({ length: 60 }, increment);

      expect(await Promise.allSettled(units)).not.toContainEqual(
        expect.objectContaining({ status: 'rejected' }),
      );
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
