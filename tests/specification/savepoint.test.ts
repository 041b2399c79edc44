import { type EntityManager, QueryFailedError } from 'typeorm';

import {
  TransactionFailedError,
  unitOfWork,
  UsageError,
  type UnitOfWork,
  type UnitOfWorkOptions,
} from '../../lib/index';
import { Book } from '../fixtures/shop';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

type Part = (work: (manager: EntityManager) => Promise<unknown>) => Promise<unknown>;

onEachDatabase('a savepoint', [Book], (database) => {
  const run = <T>(work: (uow: UnitOfWork) => Promise<T>, options?: UnitOfWorkOptions) =>
    unitOfWork(database.source, work, options);
  let number = 0;
  const book = (isbn = `isbn-${number++}`) => Object.assign(new Book(), { isbn, title: 'Emma' });
  const add = async () => {
    const added = book();
    await run(async (uow) => uow.add(added));
    return added;
  };
  const stored = async (id: number) => {
    const [row] = await database.sql(
      'SELECT title, stock, row_version AS v FROM book WHERE id = $1',
      [id],
    );
    return row && { ...row, v: Number(row['v']) };
  };
  const doors: [string, (uow: UnitOfWork) => Part][] = [
    ['savepoint()', (uow) => (work) => uow.savepoint(() => work(uow.manager))],
    ['manager.transaction()', (uow) => (work) => uow.manager.transaction(work)],
    [
      'manager.transaction() with a level',
      (uow) => (work) => uow.manager.transaction('READ COMMITTED', work),
    ],
  ];

  describe.each(doors)('by %s', (_, partOf) => {
    it('lets a duplicate be survived, and keeps what was written before and after', async () => {
      const [first, second] = [await add(), await add()];

      await run(async (uow) => {
        (await uow.findOneByOrFail(Book, { id: first.id })).title = 'Before';
        const error = await rejectionOf(
          partOf(uow)((manager) => manager.insert(Book, { isbn: first.isbn, title: 'Twice' })),
        );
        expect(error).toBeInstanceOf(QueryFailedError);
        (await uow.findOneByOrFail(Book, { id: second.id })).title = 'After';
      });

      expect(await stored(first.id)).toEqual({ title: 'Before', stock: 7, v: 2 });
      expect(await stored(second.id)).toEqual({ title: 'After', stock: 7, v: 2 });
    });

    it('keeps what succeeds, and returns its result', async () => {
      const { id } = await add();

      const result = await run(async (uow) =>
        partOf(uow)(async (manager) => {
          (await manager.findOneByOrFail(Book, { id })).title = 'Part';
          return 'done';
        }),
      );

      expect(result).toBe('done');
      expect(await stored(id)).toEqual({ title: 'Part', stock: 7, v: 2 });
    });
  });

  it('writes nothing of a part that failed, and takes back what it had made', async () => {
    const [known, loaded] = [await add(), await add()];
    const fresh = book();
    const called: string[] = [];

    await run(async (uow) => {
      const before = await uow.findOneByOrFail(Book, { id: known.id });
      before.stock = 8;
      await rejectionOf(
        uow.savepoint(async () => {
          before.title = 'Lost';
          (await uow.findOneByOrFail(Book, { id: loaded.id })).title = 'Lost';
          uow.add(fresh);
          await uow.flush();
          expect(fresh.id).toBeGreaterThan(0);
          (await uow.findOneByOrFail(Book, { id: loaded.id })).stock = 9;
          uow.afterCommit(() => called.push('lost'));
          throw new Error('the part fails');
        }),
      );
      expect(fresh.id).toBeUndefined();
      const again = await uow.findOneByOrFail(Book, { id: known.id });
      expect(again).toMatchObject({ title: 'Emma', stock: 8 });
      again.title = 'Kept';
      uow.add(fresh);
    });

    expect(await stored(known.id)).toEqual({ title: 'Kept', stock: 8, v: 3 });
    expect(await stored(loaded.id)).toEqual({ title: 'Emma', stock: 7, v: 1 });
    expect(await stored(fresh.id)).toEqual({ title: 'Emma', stock: 7, v: 1 });
    expect(called).toEqual([]);
  });

  it('refuses a further change of what a part that failed had changed', async () => {
    const { id } = await add();

    const error = await rejectionOf(
      run(async (uow) => {
        const before = await uow.findOneByOrFail(Book, { id });
        await rejectionOf(
          uow.savepoint(async () => {
            before.title = 'Lost';
            throw new Error('the part fails');
          }),
        );
        before.stock = 9;
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(/a savepoint that was rolled back: load it again/);
    expect(await stored(id)).toEqual({ title: 'Emma', stock: 7, v: 1 });
  });

  it('does not survive a lost race: the unit runs again', async () => {
    const { id } = await add();
    let attempts = 0;

    await run(async (uow) => {
      attempts++;
      await uow
        .savepoint(async () => {
          (await uow.findOneByOrFail(Book, { id })).title = 'Part';
          if (uow.attempt > 1) return;
          await database.sql(
            'UPDATE book SET stock = 1, row_version = row_version + 1 WHERE id = $1',
            [id],
          );
        })
        .catch(() => undefined);
    });

    expect(attempts).toBe(2);
    expect(await stored(id)).toEqual({ title: 'Part', stock: 1, v: 3 });
  });

  it('refuses a part that swallowed an error, and lets the unit go on', async () => {
    const { id, isbn } = await add();

    await run(async (uow) => {
      const error = await rejectionOf(
        uow.savepoint(async () => {
          await uow.manager.insert(Book, { isbn, title: 'Twice' }).catch(() => undefined);
        }),
      );
      expect(error).toBeInstanceOf(TransactionFailedError);
      (await uow.findOneByOrFail(Book, { id })).title = 'After';
    });

    expect(await stored(id)).toEqual({ title: 'After', stock: 7, v: 2 });
  });

  it('stands within another one, and each fails by itself', async () => {
    const { id } = await add();
    const [outer, inner] = [book(), book()];

    await run(async (uow) => {
      await uow.savepoint(async () => {
        uow.add(outer);
        await rejectionOf(
          uow.savepoint(async () => {
            uow.add(inner);
            await uow.manager.update(Book, { id }, { title: 'Lost' });
            throw new Error('the inner part fails');
          }),
        );
      });
      expect(inner.id).toBeUndefined();
    });

    expect(await stored(outer.id)).toEqual({ title: 'Emma', stock: 7, v: 1 });
    expect(await stored(id)).toEqual({ title: 'Emma', stock: 7, v: 1 });
  });

  it('lets what is written beside it wait for its end, so that it is not rolled back with it', async () => {
    const [one, two, three] = [book(), book(), book()];

    await run(async (uow) => {
      const outcomes = await Promise.allSettled([
        uow.savepoint(async () => {
          await uow.manager.save(one);
          await uow.manager.query('SELECT 1');
          throw new Error('the part fails');
        }),
        uow.manager.save(two),
        uow.savepoint(() => uow.manager.save(three)),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    });

    expect(one.id).toBeUndefined();
    expect(await stored(two.id)).toBeDefined();
    expect(await stored(three.id)).toBeDefined();
  });

  it('writes nothing of an operation that the part left behind', async () => {
    const { id, isbn } = await add();
    const late = book();
    let left: Promise<unknown> = Promise.resolve();

    await run(async (uow) => {
      let goOn: () => void = () => undefined;
      const wait = new Promise<void>((resolve) => (goOn = resolve));
      await rejectionOf(
        uow.savepoint(async () => {
          left = wait.then(() => uow.manager.save(late));
          await uow.manager.insert(Book, { isbn, title: 'Twice' });
        }),
      );
      goOn();
      expect(await rejectionOf(left)).toBeInstanceOf(UsageError);
    });

    expect(late.id).toBeUndefined();
    expect(await stored(id)).toBeDefined();
  });

  it('is refused where it asks for more than the unit has', async () => {
    const error = await rejectionOf(
      run((uow) => uow.manager.transaction('SERIALIZABLE', async () => undefined)),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(
      /asks for SERIALIZABLE, and the unit runs at READ COMM/,
    );
  });
});
