import { Column, Entity, PrimaryColumn } from 'typeorm';

import { createDatabase, dropDatabase } from '../setup/databases';
import { runSql } from '../setup/databases/run-sql';
import { onEachDatabase } from '../setup/on-each-database';
import { isolationLevels, onEachIsolation } from '../setup/on-each-isolation';
import { sessionId, sessionsInTransaction } from '../support/sessions';

@Entity()
class Stone {
  @PrimaryColumn('int')
  id!: number;

  @Column('varchar')
  name!: string;
}

onEachDatabase('databases', [Stone], (database) => {
  const stones = () => database.source.getRepository(Stone);

  it('answers as the engine that its name says', async () => {
    const [row] = await database.sql('SELECT version() AS version');

    const version = String(row?.['version']);
    const named = /PostgreSQL|MariaDB/.exec(version)?.[0] ?? 'MySQL';
    const names = { postgres: 'PostgreSQL', mariadb: 'MariaDB', mysql: 'MySQL' };
    expect(named).toBe(names[database.engine]);
    expect(version).toContain(database.server.version);
  });

  it('talks through the driver that its name says', () => {
    const types = { 'mysql driver': 'mysql', 'mariadb snapshot-isolation': 'mariadb' };

    const expected = types[database.name as keyof typeof types] ?? database.name;
    expect(database.source.options.type).toBe(expected);
    expect(database.source.driver.isReturningSqlSupported('insert')).toBe(expected !== 'mysql');
  });

  if (database.engine === 'mariadb') {
    it('has the snapshot isolation that its name says on every connection', async () => {
      const [row] = await database.source.query('SELECT @@innodb_snapshot_isolation AS isolation');

      expect(Boolean(Number(row.isolation))).toBe(database.name === 'mariadb snapshot-isolation');
    });
  }

  it('keeps text of any script in tables that have transactions', async () => {
    await stones().insert({ id: 1, name: '岩 🪨' });

    const found = await database.sql('SELECT name FROM stone WHERE id = $1', [1]);
    expect(found).toEqual([{ name: '岩 🪨' }]);
    if (database.engine !== 'postgres') {
      const status = await database.sql("SHOW TABLE STATUS WHERE Name = 'stone'");
      expect(status).toMatchObject([{ Engine: 'InnoDB' }]);
    }
  });

  it('say which connections are in a transaction, though others ask about theirs all the time', async () => {
    const others = new AbortController();
    const asking = keepAsking(others.signal);
    const runner = database.source.createQueryRunner();
    const id = await sessionId(database, runner.manager);

    await runner.startTransaction();
    await runner.query('SELECT name FROM stone');
    const during = await sessionsInTransaction(database, [id]);
    await runner.commitTransaction();
    const after = await sessionsInTransaction(database, [id]);

    others.abort();
    await Promise.all([asking, runner.release()]);
    expect({ during, after }).toEqual({ during: [id], after: [] });
  });

  /** MariaDB's own table of transactions stays as it is meanwhile. */
  async function keepAsking(signal: AbortSignal): Promise<void> {
    if (database.engine === 'postgres') return;
    while (!signal.aborted) {
      await database.sql('SELECT COUNT(*) FROM information_schema.innodb_trx');
    }
  }

  it('passes parameters in the order of their numbers', async () => {
    const text = "SELECT CONCAT($2, '-', $1, '-', $2) AS answer";

    const typed = database.engine === 'postgres' ? text.replaceAll(/(\$\d)/g, '$1::text') : text;
    expect(await database.sql(typed, ['one', 'two'])).toEqual([{ answer: 'two-one-two' }]);
  });

  it('records exactly the statements that the server received', async () => {
    const rival = await database.openSource();

    const statements = await database.recordStatements(async () => {
      await database.source.query('SELECT 1 AS\n  one\n\t, 2 AS two');
      await database.sql('SELECT 2 AS observed');
      await rival.transaction((manager) => manager.query('SELECT 3'));
    });
    await database.source.query('SELECT 4');

    const [first, ...others] = statements;
    expect(first).toBe('SELECT 1 AS\n  one\n\t, 2 AS two');
    expect(others.map((text) => text.replace('START TRANSACTION', 'BEGIN'))).toEqual([
      'BEGIN',
      'SELECT 3',
      'COMMIT',
    ]);
  });

  it('records statements with parameters and those of connections opened meanwhile', async () => {
    const statements = await database.recordStatements(async () => {
      const late = await database.openSource({ entities: [] });
      await late.query('SELECT 5');
      await stones().findOneBy({ id: 77 });
    });

    expect(statements).toContain('SELECT 5');
    const last = statements.at(-1);
    expect(last).toMatch(/FROM .stone. .*WHERE/s);
    expect(last).toContain(database.engine === 'postgres' ? '$1' : '77');
  });

  it('records statements that the server refused', async () => {
    const statements = await database.recordStatements(async () => {
      await expect(database.source.query('SELECT missing')).rejects.toThrow(/missing/);
      await expect(
        stones().insert([
          { id: 8, name: 'a' },
          { id: 8, name: 'b' },
        ]),
      ).rejects.toThrow(/duplicate/i);
    });

    expect(statements.filter((text) => text === 'SELECT missing')).toHaveLength(1);
    expect(statements.filter((text) => text.startsWith('INSERT'))).toHaveLength(1);
  });

  it('sees nothing of another database on the same server', async () => {
    const { server } = database;
    const other = await createDatabase(server);
    const text = "SELECT COUNT(*) AS n FROM information_schema.tables WHERE table_name = 'stone'";
    const here = database.engine === 'postgres' ? 'current_schema()' : 'database()';

    const statements = await database.recordStatements(() =>
      runSql(server.engine, other, `${text} AND table_schema = ${here}`),
    );
    const [found] = await runSql(server.engine, other, `${text} AND table_schema = ${here}`);
    await dropDatabase(server, other);

    expect(Number(found?.['n'])).toBe(0);
    expect(statements).toEqual([]);
    await expect(runSql(server.engine, other, 'SELECT 1')).rejects.toThrow(/exist|unknown/i);
  });

  it('commits what a rival does while a transaction is open', async () => {
    await database.source
      .transaction(async (manager) => {
        await manager.insert(Stone, { id: 20, name: 'mine' });
        await database.sql("INSERT INTO stone (id, name) VALUES (21, 'theirs')");
        throw new Error('roll back');
      })
      .catch(() => undefined);

    const rows = await database.sql('SELECT id FROM stone WHERE id IN (20, 21)');
    expect(rows).toEqual([{ id: 21 }]);
  });

  onEachIsolation((isolation) => {
    it('runs a transaction at the level that the title says', async () => {
      const statements = await database.recordStatements(() =>
        isolation === undefined
          ? database.source.transaction((manager) => manager.query('SELECT 6'))
          : database.source.transaction(isolation, (manager) => manager.query('SELECT 6')),
      );

      const levels = statements.filter((text) => text.includes('ISOLATION LEVEL'));
      expect(levels).toHaveLength(isolation === undefined ? 0 : 1);
      expect(levels.join()).toContain(isolation ?? '');
    });
  });
});

describe('a database outside tests', () => {
  const found: unknown[] = [];

  onEachDatabase('while tests are defined', [], (database) => {
    try {
      found.push(database.source);
    } catch (error) {
      found.push((error as Error).message);
    }

    it('is not open yet', () => {
      expect(found).toContain(`the database ${database.name} is open only inside tests and hooks`);
    });
  });
});

it('knows four isolation levels, the default one included', () => {
  expect(isolationLevels).toHaveLength(4);
});
