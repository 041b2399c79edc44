import { noReplay, unitOfWork, UsageError } from '../../lib/index';
import { Account } from '../fixtures/account';
import { Hidden, Plain, Reading, Seat } from '../fixtures/values';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

onEachDatabase('writes', [Account, Reading, Seat, Plain, Hidden], (database) => {
  const makeAccounts = (count: number) =>
    Array.from({ length: count }, (_, i) => Object.assign(new Account(), { balance: i }));
  const writes = (statements: readonly string[]) =>
    statements.filter(
      (text) => /\b(INSERT INTO|UPDATE|DELETE)\b/.test(text) && !/^\s*SELECT/.test(text),
    );
  const sums = async () => {
    const [row] = await database.sql(
      'SELECT COUNT(*) AS n, SUM(balance) AS balance, SUM(row_version) AS versions FROM account',
    );
    return {
      n: Number(row?.['n']),
      balance: Number(row?.['balance']),
      versions: Number(row?.['versions']),
    };
  };

  beforeEach(async () => {
    await database.sql('DELETE FROM account');
  });

  it('writes 1,000 new rows by one INSERT and 1,000 changed ones by one UPDATE', async () => {
    const accounts = makeAccounts(1_000);
    const inserting = await database.recordStatements(() =>
      unitOfWork(database.source, async (uow) => uow.add(accounts)),
    );
    const updating = await database.recordStatements(() =>
      unitOfWork(database.source, async (uow) => {
        for (const account of await uow.find(Account)) account.balance += 1;
      }),
    );
    const deleting = await database.recordStatements(() =>
      unitOfWork(database.source, async (uow) => uow.remove(await uow.find(Account))),
    );

    expect(
      [writes(inserting), writes(updating), writes(deleting)].map(({ length }) => length),
    ).toEqual([1, 1, 1]);
    expect(new Set(accounts.map(({ id }) => id)).size).toBe(1_000);
    expect(await sums()).toMatchObject({ n: 0 });
  });

  it('inserts, changes and deletes 20,000 rows', async () => {
    const accounts = makeAccounts(20_000);

    await unitOfWork(database.source, async (uow) => uow.add(accounts));
    await unitOfWork(database.source, async (uow) => {
      for (const account of await uow.find(Account)) account.balance += 1;
    });

    const before = (20_000 * 19_999) / 2;
    expect(await sums()).toEqual({ n: 20_000, balance: before + 20_000, versions: 40_000 });
    const [row] = await database.sql('SELECT balance FROM account WHERE id = $1', [
      accounts[777]!.id,
    ]);
    expect(row).toEqual({ balance: 778 });

    await unitOfWork(database.source, async (uow) => uow.remove(await uow.find(Account)));
    expect(await sums()).toMatchObject({ n: 0 });
  });

  it('names the stale rows of every part when a batch is split', async () => {
    const accounts = makeAccounts(11_000);
    await unitOfWork(database.source, async (uow) => uow.add(accounts));
    const stale = [accounts[0]!.id, accounts[5_500]!.id, accounts[10_999]!.id];

    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          for (const account of await uow.find(Account)) account.balance += 1;
          for (const id of stale) {
            await database.sql('UPDATE account SET row_version = 2 WHERE id = $1', [id]);
          }
        },
        { retry: noReplay },
      ),
    );

    const { conflicts } = error as { conflicts: { key: unknown[] }[] };
    expect(conflicts.map(({ key }) => key[0]).toSorted((a, b) => Number(a) - Number(b))).toEqual(
      stale,
    );
    expect(await sums()).toMatchObject({ versions: 11_003 });
  });

  it('writes rows that together exceed the largest packet', async () => {
    const note = 'quoted \' and "double" and \\ '.repeat(1_600);
    const readings = Array.from({ length: 500 }, (_, i) =>
      Object.assign(new Reading(), { sensor: 'large', tick: String(i), note: `${i}${note}` }),
    );

    await unitOfWork(database.source, async (uow) => uow.add(readings));
    await unitOfWork(database.source, async (uow) => {
      for (const reading of await uow.findBy(Reading, { sensor: 'large' })) reading.note += '!';
    });

    const rows = await database.sql(
      `SELECT tick, LENGTH(note) AS size, row_version AS v FROM reading WHERE sensor = 'large' ORDER BY tick`,
    );
    expect(rows).toHaveLength(readings.length);
    expect(rows.map((row) => Number(row['size']))).toEqual(
      readings.map((reading) => reading.tick.length + note.length + 1),
    );
  }, 120_000);

  it('uses one statement per table and set of changed columns', async () => {
    await unitOfWork(database.source, async (uow) => uow.add(makeAccounts(6)));

    const statements = await database.recordStatements(() =>
      unitOfWork(database.source, async (uow) => {
        const [a, b, c, d, e, f] = await uow.find(Account);
        a!.balance = b!.balance = 100;
        c!.owner = d!.owner = 'new owner';
        e!.balance = 5;
        e!.owner = 'both';
        uow.remove(f!);
        uow.add(makeAccounts(3));
      }),
    );

    expect(writes(statements)).toHaveLength(5);
    expect(await sums()).toMatchObject({ n: 8 });
  });

  it('fills keys, versions, dates and defaults into new entities', async () => {
    const account = Object.assign(new Account(), { balance: 3 });
    const seat = Object.assign(new Seat(), { slot: 1 });

    await unitOfWork(database.source, async (uow) => uow.add([account, seat]));

    expect(account).toMatchObject({ id: expect.any(Number), owner: 'nobody', version: 1 });
    expect(account.createdAt).toBeInstanceOf(Date);
    expect(seat).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      guest: null,
      views: 0,
      version: 1,
    });
    const [row] = await database.sql('SELECT id FROM seat WHERE slot = 1');
    expect(row).toEqual({ id: seat.id });
  });

  it('gives each new entity the key of its own row', async () => {
    const accounts = makeAccounts(50).toReversed();
    const seats = Array.from({ length: 50 }, (_, i) =>
      Object.assign(new Seat(), { slot: 1_000 + i }),
    );

    await unitOfWork(database.source, async (uow) => uow.add([...accounts, ...seats]));

    const rows = await database.sql('SELECT id, balance FROM account');
    const balances = new Map(rows.map((row) => [row['id'], row['balance']]));
    expect(accounts.every(({ id, balance }) => balances.get(id) === balance)).toBe(true);
    const stored = await database.sql('SELECT id, slot FROM seat WHERE slot >= 1000');
    const slots = new Map(stored.map((row) => [row['id'], row['slot']]));
    expect(seats.every(({ id, slot }) => slots.get(id) === slot)).toBe(true);
  });

  it('moves the update date with the row and reads it back', async () => {
    const [account] = makeAccounts(1);
    await unitOfWork(database.source, async (uow) => uow.add(account!));
    const before = account!.updatedAt;

    const changed = await unitOfWork(database.source, async (uow) => {
      const loaded = await uow.findOneByOrFail(Account, { id: account!.id });
      loaded.balance = 77;
      return loaded;
    });

    expect(changed.updatedAt.getTime()).toBeGreaterThan(before.getTime());
    const again = await database.source.getRepository(Account).findOneByOrFail({ id: account!.id });
    expect(again).toEqual(changed);
  });

  it('sees values that were changed in place, and composite keys with bigint text', async () => {
    const key = { sensor: 'in place', tick: '9007199254740993' };
    await unitOfWork(database.source, async (uow) =>
      uow.add([
        Object.assign(new Reading(), key, {
          payload: { list: [1] },
          labels: ['a'],
          amount: '1.500',
        }),
        Object.assign(new Reading(), { ...key, tick: '9007199254740992' }),
      ]),
    );

    await unitOfWork(database.source, async (uow) => {
      const reading = await uow.findOneByOrFail(Reading, key);
      reading.payload!.list.push('two');
      reading.labels!.push('b');
      reading.valid = false;
    });

    const repository = database.source.getRepository(Reading);
    expect(await repository.findOneByOrFail(key)).toMatchObject({
      ...key,
      payload: { list: [1, 'two'] },
      labels: ['a', 'b'],
      valid: false,
      amount: '1.500',
      version: 2,
    });
    expect(await repository.findOneByOrFail({ ...key, tick: '9007199254740992' })).toMatchObject({
      version: 1,
    });
  });

  it('writes only the columns that changed', async () => {
    await unitOfWork(database.source, async (uow) =>
      uow.add(Object.assign(new Seat(), { slot: 50, guest: 'A' })),
    );

    await unitOfWork(database.source, async (uow) => {
      const seat = await uow.findOneByOrFail(Seat, { slot: 50 });
      seat.guest = 'B';
      // An unversioned column moves without moving the version.
      await database.sql('UPDATE seat SET views = 9 WHERE slot = 50');
    });

    const [row] = await database.sql(
      'SELECT guest, views, seat_version AS v FROM seat WHERE slot = 50',
    );
    expect(row).toEqual({ guest: 'B', views: 9, v: 2 });
  });

  it('neither checks nor moves the version for unversioned columns', async () => {
    const seat = Object.assign(new Seat(), { slot: 60 });
    await unitOfWork(database.source, async (uow) => uow.add(seat));

    await unitOfWork(database.source, async (uow) => {
      const loaded = await uow.findOneByOrFail(Seat, { slot: 60 });
      await database.sql(`UPDATE seat SET guest = 'rival', seat_version = 2 WHERE slot = 60`);
      loaded.views = 1;
      await uow.flush();
      expect(loaded.version).toBe(1);
    });

    const [row] = await database.sql(
      'SELECT guest, views, seat_version AS v FROM seat WHERE slot = 60',
    );
    expect(row).toEqual({ guest: 'rival', views: 1, v: 2 });
  });

  it('conflicts afterwards if a row whose unversioned column was written has moved', async () => {
    await unitOfWork(database.source, async (uow) =>
      uow.add(Object.assign(new Seat(), { slot: 61 })),
    );

    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          const loaded = await uow.findOneByOrFail(Seat, { slot: 61 });
          await database.sql(`UPDATE seat SET guest = 'rival', seat_version = 2 WHERE slot = 61`);
          loaded.views = 1;
          await uow.flush();
          loaded.guest = 'me';
        },
        { retry: noReplay },
      ),
    );

    expect(error).toMatchObject({ conflicts: [{ expectedVersion: 1, actualVersion: 2 }] });
  });

  it('writes entities without a row version by key, and reports a row that is gone', async () => {
    const plain = Object.assign(new Plain(), { id: 5, text: 'a' });
    await unitOfWork(database.source, async (uow) => uow.add(plain));
    await unitOfWork(database.source, async (uow) => {
      (await uow.findOneByOrFail(Plain, { id: 5 })).text = 'b';
    });
    expect(await database.sql('SELECT text FROM plain WHERE id = 5')).toEqual([{ text: 'b' }]);

    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          const loaded = await uow.findOneByOrFail(Plain, { id: 5 });
          await database.sql('DELETE FROM plain WHERE id = 5');
          loaded.text = 'c';
        },
        { retry: noReplay },
      ),
    );

    expect(error).toMatchObject({
      conflicts: [{ key: [5], expectedVersion: null, actualVersion: null }],
    });
  });

  it('checks a version that stands on the class, in a table and column with reserved names', async () => {
    const hidden = Object.assign(new Hidden(), { text: 'a' });
    await unitOfWork(database.source, async (uow) => uow.add(hidden));

    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          const loaded = await uow.findOneByOrFail(Hidden, { id: hidden.id });
          const quote = database.engine === 'postgres' ? '"order"' : '`order`';
          await database.sql(`UPDATE ${quote} SET row_version = 2 WHERE id = $1`, [hidden.id]);
          loaded.text = 'b';
        },
        { retry: noReplay },
      ),
    );

    expect(error).toMatchObject({
      conflicts: [{ entityName: 'Hidden', expectedVersion: 1, actualVersion: 2 }],
    });
  });

  it('keeps a plain save() of a stale entity from moving the version back', async () => {
    const [account] = makeAccounts(1);
    await unitOfWork(database.source, async (uow) => uow.add(account!));
    const repository = database.source.getRepository(Account);
    const stale = await repository.findOneByOrFail({ id: account!.id });
    for (let i = 0; i < 3; i++) {
      await unitOfWork(database.source, async (uow) => {
        (await uow.findOneByOrFail(Account, { id: account!.id })).balance += 1;
      });
    }

    stale.balance = -1;
    await repository.save(stale);

    const [row] = await database.sql('SELECT row_version AS v FROM account WHERE id = $1', [
      account!.id,
    ]);
    expect(row).toEqual({ v: 5 });
  });

  it('frees a unique value before it is taken, by an update and by a delete', async () => {
    const seats = [1, 2, 3].map((n) => Object.assign(new Seat(), { slot: 100 + n }));
    await unitOfWork(database.source, async (uow) => uow.add(seats));

    await unitOfWork(database.source, async (uow) => {
      const [a, b, c] = await uow.find(Seat, {
        where: seats.map(({ slot }) => ({ slot })),
        order: { slot: 'ASC' },
      });
      a!.slot = 102;
      b!.slot = 200;
      uow.remove(c!);
      uow.add(Object.assign(new Seat(), { slot: 103, guest: 'new' }));
    });

    const rows = await database.sql(
      'SELECT slot FROM seat WHERE slot BETWEEN 100 AND 200 ORDER BY slot',
    );
    expect(rows.map((row) => row['slot'])).toEqual([102, 103, 200]);
  });

  it('refuses to swap unique values in one flush, before anything is sent', async () => {
    await unitOfWork(database.source, async (uow) =>
      uow.add([301, 302].map((slot) => Object.assign(new Seat(), { slot }))),
    );

    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) => {
        const [a, b] = await uow.find(Seat, {
          where: [{ slot: 301 }, { slot: 302 }],
          order: { slot: 'ASC' },
        });
        a!.slot = 302;
        b!.slot = 301;
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain('wait for each other');
  });

  it('replaces a row by another one with the same key', async () => {
    await unitOfWork(database.source, async (uow) =>
      uow.add(Object.assign(new Plain(), { id: 9, text: 'old' })),
    );

    await unitOfWork(database.source, async (uow) => {
      uow.remove(await uow.findOneByOrFail(Plain, { id: 9 }));
      uow.add(Object.assign(new Plain(), { id: 9, text: 'new' }));
    });

    expect(await database.sql('SELECT text FROM plain WHERE id = 9')).toEqual([{ text: 'new' }]);
  });
});
