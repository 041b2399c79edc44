import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  BoundError,
  noReplay,
  RowVersion,
  unitOfWork,
  Unversioned,
  UsageError,
  type UnitOfWork,
} from '../../lib/index';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

@Entity()
class Purse {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @Column({ type: 'int', default: 0 })
  coins: number;

  @Column({ type: 'bigint', default: 0 })
  grains: string;

  @Column({ type: 'decimal', precision: 40, scale: 10, default: 0 })
  sum: string;

  @Column({ type: 'float', default: 0 })
  weight: number;

  @Unversioned()
  @Column({ type: 'int', default: 0 })
  views: number;

  @Column({ type: 'varchar', length: 30, nullable: true })
  owner: string | null;

  @Column({ type: 'int', nullable: true })
  gift: number | null;

  @Column({ type: 'boolean', default: false })
  isOpen: boolean;

  @Column({ type: 'date', nullable: true })
  filled: string | null;

  @Column({
    type: 'int',
    default: 0,
    transformer: { to: (n: number) => n * 100, from: (n: number) => n / 100 },
  })
  price: number;

  @RowVersion()
  version: number;
}

onEachDatabase('increment', [Purse], (database) => {
  const run = <T>(work: (uow: UnitOfWork) => Promise<T>) =>
    unitOfWork(database.source, work, { retry: noReplay });
  const load = (uow: UnitOfWork, id = 1) => uow.findOneByOrFail(Purse, { id });
  const stored = (id = 1) => database.source.manager.findOneByOrFail(Purse, { id });
  const asRival = (set: string) =>
    database.sql(`UPDATE purse SET ${set}, row_version = row_version + 1 WHERE id = 1`);

  beforeEach(async () => {
    await database.sql('DELETE FROM purse');
    await run(async (uow) => {
      uow.add([1, 2, 3].map((id) => Object.assign(new Purse(), { id, coins: 10 * id })));
    });
  });

  it('adds to what a rival has left, and moves the version', async () => {
    const purse = run(async (uow) => {
      const found = await load(uow);
      await asRival('coins = 50');
      uow.increment(found, 'coins', 5);
      await uow.flush();
      expect(found.coins).toBe(55);
      return found;
    });

    await expect(purse).resolves.toMatchObject({ coins: 55 });
    expect(await stored()).toMatchObject({ coins: 55, version: 3 });
  });

  it('keeps each of 200 increments of 20 units at once, each in one attempt', async () => {
    const writer = async () => {
      for (let i = 0; i < 10; i++) {
        await run(async (uow) => uow.increment(await load(uow), 'coins', 1));
      }
    };

    await Promise.all(Array.from({ length: 20 }, writer));

    expect(await stored()).toMatchObject({ coins: 210, version: 201 });
  });

  it('adds different amounts to several rows with one statement', async () => {
    const statements = await database.recordStatements(() =>
      run(async (uow) => {
        for (const purse of await uow.find(Purse)) uow.increment(purse, 'coins', -purse.id);
      }),
    );

    const updates = statements.filter((sql) => /UPDATE/.test(sql) && /purse/.test(sql));
    expect(updates.filter((sql) => /\bSET\b/.test(sql))).toHaveLength(1);
    expect((await database.source.manager.find(Purse)).map(({ coins }) => coins)).toEqual([
      9, 18, 27,
    ]);
  });

  it('adds exactly, whatever the number of digits', async () => {
    await run(async (uow) => {
      for (const purse of [await load(uow, 1), await load(uow, 2)]) {
        uow.increment(purse, 'grains', '9007199254740993');
        uow.increment(purse, 'grains', 2n);
        uow.increment(purse, 'sum', '12345678901234567890.1234567891');
        uow.increment(purse, 'sum', -1);
        uow.increment(purse, 'weight', 0.5);
      }
    });

    for (const id of [1, 2]) {
      expect(await stored(id)).toMatchObject({
        grains: '9007199254740995',
        sum: '12345678901234567889.1234567891',
        weight: 0.5,
      });
    }
  });

  it('stops at its bounds, and nothing is stored', async () => {
    const take = (by: number, bounds: { min?: number; max?: number }) =>
      rejectionOf(
        run(async (uow) => {
          const purse = await load(uow);
          await asRival('coins = 3');
          uow.increment(purse, 'coins', by, bounds);
        }),
      );

    expect(await take(-4, { min: 0 })).toMatchObject({
      name: 'BoundError',
      code: 'UNIT_OF_WORK_BOUND',
      entityName: 'Purse',
      key: [1],
      propertyPath: 'coins',
      bound: 'min',
    });
    expect(await take(4, { max: 6 })).toBeInstanceOf(BoundError);
    expect(await stored()).toMatchObject({ coins: 3 });
  });

  it('may reach its bounds', async () => {
    await run(async (uow) => uow.increment(await load(uow), 'coins', -10, { min: 0 }));
    await run(async (uow) => uow.increment(await load(uow), 'sum', '0.1', { max: '0.1' }));

    expect(await stored()).toMatchObject({ coins: 0, sum: '0.1000000000' });
  });

  it('never takes more than there is, with 20 takers at once', async () => {
    const take = () => run(async (uow) => uow.increment(await load(uow), 'coins', -1, { min: 0 }));

    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, take));

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(await stored()).toMatchObject({ coins: 0 });
  });

  it('checks the version if another column was changed as well', async () => {
    const error = await rejectionOf(
      run(async (uow) => {
        const purse = await load(uow);
        await asRival('coins = 50');
        uow.increment(purse, 'coins', 5);
        purse.owner = 'somebody';
      }),
    );

    expect(error).toMatchObject({ kind: 'row-version' });
    expect(await stored()).toMatchObject({ coins: 50, owner: null });
  });

  it('moves no version for a column that has none', async () => {
    await run(async (uow) => uow.increment(await load(uow), 'views', 1));

    expect(await stored()).toMatchObject({ views: 1, version: 1 });
  });

  it('is a conflict if the row is gone', async () => {
    const error = await rejectionOf(
      run(async (uow) => {
        const purse = await load(uow);
        await database.sql('DELETE FROM purse WHERE id = 1');
        uow.increment(purse, 'coins', 5);
      }),
    );

    expect(error).toMatchObject({ kind: 'row-version', conflicts: [{ actualVersion: null }] });
  });

  it('goes on from its new value after a flush', async () => {
    await run(async (uow) => {
      const purse = await load(uow);
      uow.increment(purse, 'coins', 5);
      await uow.flush();
      purse.coins *= 2;
      await uow.flush();
      uow.increment(purse, 'coins', 1);
    });

    expect(await stored()).toMatchObject({ coins: 31, version: 2 });
  });

  it('takes the new value back if the unit fails', async () => {
    let purse: Purse | undefined;
    await rejectionOf(
      run(async (uow) => {
        purse = await load(uow);
        uow.increment(purse, 'coins', 5);
        await uow.flush();
        throw new Error('no');
      }),
    );

    expect(purse).toMatchObject({ coins: 10, version: 1 });
  });

  it('adds nothing to NULL, and says so', async () => {
    const error = await rejectionOf(
      run(async (uow) => uow.increment(await load(uow), 'gift', 5, { min: 0 })),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect(await stored()).toMatchObject({ gift: null, version: 1 });
  });

  it('is among the rows that a replay locks first', async () => {
    let locked: string[] = [];
    await unitOfWork(database.source, async (uow) => {
      if (uow.attempt === 2) {
        const rows = await database.sql('SELECT id FROM purse ORDER BY id FOR UPDATE SKIP LOCKED');
        locked = [1, 2, 3].filter((id) => !rows.some((row) => row['id'] === id)).map(String);
      }
      const [first, second] = [await load(uow, 1), await load(uow, 2)];
      uow.increment(first, 'coins', 1);
      await uow.flush();
      if (uow.attempt === 1) {
        await database.sql('UPDATE purse SET row_version = row_version + 1 WHERE id = 2');
      }
      second.coins += 1;
    });

    expect(locked).toEqual(['1', '2']);
  });

  it('does not go with an assignment of the same column', async () => {
    const error = await rejectionOf(
      run(async (uow) => {
        const purse = await load(uow);
        uow.increment(purse, 'coins', 5);
        purse.coins = 7;
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({
      message: expect.stringContaining('both assigned and incremented'),
    });
  });

  it.each([
    ['id', 1],
    ['version', 1],
    ['owner', 1],
    ['nothing', 1],
    ['__proto__', 1],
    ['isOpen', 1],
    ['filled', 1],
    ['price', 1],
    ['coins', 1.5],
    ['coins', NaN],
    ['coins', Infinity],
    ['coins', '1; DROP TABLE purse'],
    ['coins', undefined],
    ['coins', null],
    ['coins', [1]],
    ['weight', '1'],
  ])('refuses to add to %s the amount %p', async (column, by) => {
    const error = await rejectionOf(
      run(async (uow) => uow.increment(await load(uow), column as 'coins', by as number)),
    );

    expect(error).toBeInstanceOf(UsageError);
  });

  it('refuses bounds that are none, and rows that are new or removed', async () => {
    const errors = [
      await rejectionOf(
        run(async (uow) => uow.increment(await load(uow), 'coins', 1, { min: 'x' })),
      ),
      await rejectionOf(
        run(async (uow) => {
          const purse = Object.assign(new Purse(), { id: 4 });
          uow.add(purse);
          uow.increment(purse, 'coins', 1);
        }),
      ),
      await rejectionOf(
        run(async (uow) => {
          const purse = await load(uow);
          uow.remove(purse);
          uow.increment(purse, 'coins', 1);
        }),
      ),
    ];

    for (const error of errors) expect(error).toBeInstanceOf(UsageError);
  });
});
