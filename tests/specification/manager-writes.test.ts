import type { EntityManager, EntitySubscriberInterface, InsertEvent, UpdateEvent } from 'typeorm';

import {
  ConcurrencyError,
  unitOfWork,
  UsageError,
  type UnitOfWork,
  type UnitOfWorkOptions,
} from '../../lib/index';
import { Customer, Line, Order, orderEntities } from '../fixtures/orders';
import { Book, Shelf } from '../fixtures/shop';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

const entities = [Book, Shelf, ...orderEntities];

onEachDatabase('a manager inside a unit', entities, (database) => {
  const run = <T>(work: (uow: UnitOfWork) => Promise<T>, options?: UnitOfWorkOptions) =>
    unitOfWork(database.source, work, options);
  let number = 0;
  const values = (title = 'Emma') => ({ isbn: `isbn-${number++}`, title });
  const add = async (title?: string) => {
    const added = Object.assign(new Book(), values(title));
    await run(async (uow) => uow.add(added));
    return added.id;
  };
  const stored = async (id: number) => {
    const [row] = await database.sql(
      'SELECT title, stock, row_version AS version FROM book WHERE id = $1',
      [id],
    );
    return row && { ...row, version: Number(row['version']) };
  };
  const changeAsRival = (id: number) =>
    database.sql(
      'UPDATE book SET stock = stock + 100, row_version = row_version + 1 WHERE id = $1',
      [id],
    );

  it('keeps tracking what it has saved, and moves the version of a row once', async () => {
    const fresh = Object.assign(new Book(), values());

    await run(async (uow) => {
      expect(await uow.getRepository(Book).save(fresh)).toBe(fresh);
      expect(fresh).toMatchObject({ version: 1, stock: 7, heard: ['insert'] });
      fresh.title = 'Later';
    });

    expect(await stored(fresh.id)).toEqual({ title: 'Later', stock: 7, version: 1 });
  });

  it('saves a plain object as TypeORM does: no listener of a class, and reads give an entity', async () => {
    const plain: Partial<Book> = values('Plain');

    const saved = await run(async (uow) => {
      expect(await uow.getRepository(Book).save(plain)).toBe(plain);
      return uow.findOneByOrFail(Book, { id: plain.id! });
    });

    expect(plain).toMatchObject({ id: saved.id, version: 1, stock: 7 });
    expect(plain.heard).toBeUndefined();
    expect(saved).toBeInstanceOf(Book);
  });

  it('merges a part of an entity into its row, again and again', async () => {
    const id = await add();

    await run(async (uow) => {
      const part = await uow.manager.save(Book, { id, title: 'Part' });
      expect(part).toMatchObject({ version: 2 });
      expect(await uow.manager.save(Book, Object.assign({}, part, { stock: 8 }))).toMatchObject({
        version: 2,
      });
      expect(await uow.findOneBy(Book, { id })).toMatchObject({ title: 'Part', stock: 8 });
    });

    expect(await stored(id)).toEqual({ title: 'Part', stock: 8, version: 2 });
  });

  it('never inserts again what was deleted since it was loaded elsewhere', async () => {
    const id = await add();
    const elsewhere = await database.source.getRepository(Book).findOneByOrFail({ id });
    await database.sql('DELETE FROM book WHERE id = $1', [id]);

    for (const given of [elsewhere, Object.assign({}, elsewhere)]) {
      const error = await rejectionOf(run(async (uow) => uow.manager.save(Book, given)));

      expect(error).toBeInstanceOf(ConcurrencyError);
      expect(error).toMatchObject({ replayable: false, conflicts: [{ actualVersion: null }] });
    }
    expect(await stored(id)).toBeUndefined();
  });

  it('inserts or updates by a key of the user, whether the row exists or not', async () => {
    const code = `shelf-${number++}`;

    await run(async (uow) => {
      await uow.manager.save(Shelf, [{ code, books: 1 }]);
      await uow.manager.save(Shelf, [{ code, books: 2 }, { code: `${code}-b` }]);
      await uow.manager.save(Object.assign(new Shelf(), { code, books: 3 }));
    });

    const rows = await database.sql(
      'SELECT code, books FROM shelf WHERE code LIKE $1 ORDER BY code',
      [`${code}%`],
    );
    expect(rows).toEqual([
      { code, books: 3 },
      { code: `${code}-b`, books: 0 },
    ]);
  });

  it('takes back the ids of objects without a class when the unit fails', async () => {
    const [saved, inserted] = [values(), values()];

    const error = await rejectionOf(
      run(async (uow) => {
        await uow.manager.save(Book, saved);
        await uow.manager.insert(Book, inserted);
        expect(saved).toHaveProperty('id');
        throw new Error('the unit fails');
      }),
    );

    expect(error).toMatchObject({ message: 'the unit fails' });
    expect(Object.keys(saved)).toEqual(['isbn', 'title']);
    expect(Object.keys(inserted)).toEqual(['isbn', 'title']);
    await run(async (uow) => uow.manager.insert(Book, [saved, inserted]));
  });

  it('answers an insert() as TypeORM does', async () => {
    const given = [values('One'), values('Two')];

    const { identifiers, generatedMaps } = await run((uow) => uow.manager.insert(Book, given));

    expect(identifiers).toEqual(given.map((value) => ({ id: (value as unknown as Book).id })));
    expect(generatedMaps[1]).toMatchObject({ ...identifiers[1], version: 1, stock: 7 });
    expect(await stored(identifiers[1]!['id'] as number)).toMatchObject({ title: 'Two' });
  });

  it('takes the key from what it has removed', async () => {
    const id = await add();

    await run(async (uow) => {
      const found = await uow.manager.remove(await uow.findOneByOrFail(Book, { id }));
      expect(found.id).toBeUndefined();
    });

    expect(await stored(id)).toBeUndefined();
  });

  it('replays an update() of a row that a rival changed after it was read', async () => {
    const id = await add();

    await run(async (uow) => {
      const { stock } = await uow.findOneByOrFail(Book, { id });
      if (uow.attempt === 1) await changeAsRival(id);
      await uow.manager.update(Book, { id }, { stock: stock - 1 });
    });

    expect(await stored(id)).toEqual({ title: 'Emma', stock: 106, version: 3 });
  });

  it('reads a row anew after a statement has changed it, and leaves others alone', async () => {
    const [id, other] = [await add(), await add()];

    await run(async (uow) => {
      const before = await uow.findOneByOrFail(Book, { id });
      const untouched = await uow.findOneByOrFail(Book, { id: other });
      await uow.manager.update(Book, { id }, { title: 'Set' });
      const after = await uow.findOneByOrFail(Book, { id });
      expect(after).not.toBe(before);
      expect(after).toMatchObject({ title: 'Set', version: 2 });
      after.stock = untouched.stock = 1;
    });

    expect(await stored(id)).toEqual({ title: 'Set', stock: 1, version: 3 });
    expect(await stored(other)).toEqual({ title: 'Emma', stock: 1, version: 2 });
  });

  it('does not mix what was read before a statement with what it has changed', async () => {
    const id = await add();

    const error = await rejectionOf(
      run(async (uow) => {
        const before = await uow.findOneByOrFail(Book, { id });
        await uow.manager.increment(Book, { id }, 'stock', 1);
        before.title = 'Mixed';
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(/a statement has changed its row .* load it again/);
    expect(await stored(id)).toEqual({ title: 'Emma', stock: 7, version: 1 });
  });

  it('refuses statements that would change parts without their root', async () => {
    await run(async (uow) => {
      const customer = Object.assign(new Customer(), { id: 1, name: 'Ada' });
      const order = Object.assign(new Order(), { id: 1, customer });
      uow.add([customer, order, Object.assign(new Line(), { orderId: 1, sku: 'nut', order })]);
    });

    for (const change of [
      (m: EntityManager) => m.update(Line, { orderId: 1 }, { amount: 9 }),
      (m: EntityManager) => m.delete(Line, { orderId: 1 }),
      (m: EntityManager) => m.createQueryBuilder(Line, 'l').update().set({ amount: 9 }).execute(),
      (m: EntityManager) =>
        m.createQueryBuilder().insert().into(Line).values({ orderId: 1, sku: 'x' }).execute(),
    ]) {
      const error = await rejectionOf(run(async ({ manager }) => change(manager)));
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toMatch(/cannot tell which Order a Line is a part of/);
    }
    expect(await database.sql('SELECT amount FROM order_line')).toEqual([{ amount: 1 }]);
  });

  it('writes all of Promise.all, one after the other', async () => {
    const ids = [await add(), await add(), await add()];

    const saved = await run(async (uow) => {
      const repository = uow.getRepository(Book);
      const [found, removed] = await Promise.all(
        ids.slice(0, 2).map((id) => repository.findOneByOrFail({ id })),
      );
      found!.title = 'All';
      const [, , one, two] = await Promise.all([
        repository.save(found!),
        repository.remove(removed!),
        repository.save(values('One')),
        repository.save(values('Two')),
        repository.increment({ id: ids[2]! }, 'stock', 1),
        repository.save({ id: ids[2]!, title: 'Part' }),
      ]);
      return [one, two] as Book[];
    });

    expect(await stored(ids[0]!)).toEqual({ title: 'All', stock: 7, version: 2 });
    expect(await stored(ids[1]!)).toBeUndefined();
    expect(await stored(ids[2]!)).toEqual({ title: 'Part', stock: 8, version: 3 });
    expect(await stored(saved[1]!.id)).toEqual({ title: 'Two', stock: 7, version: 1 });
  });

  it('lets subscribers write what they are told of, before and after', async () => {
    const source = await database.openSource();
    const audited: string[] = [];
    const audit = async (manager: EntityManager, what: string) => {
      audited.push(what);
      await manager.save(Shelf, { code: what });
      await manager.insert(Shelf, { code: `${what}+` });
      await manager.increment(Shelf, { code: what }, 'books', 1);
    };
    const subscriber: EntitySubscriberInterface<Book> = {
      listenTo: () => Book,
      beforeInsert: ({ manager, entity }: InsertEvent<Book>) => audit(manager, `b-${entity.isbn}`),
      afterInsert: ({ manager, entity }: InsertEvent<Book>) => audit(manager, `a-${entity.id}`),
      afterUpdate: ({ manager, databaseEntity }: UpdateEvent<Book>) =>
        audit(manager, `u-${databaseEntity.id}`),
    };
    source.subscribers.push(subscriber);

    await unitOfWork(source, async (uow) => {
      const book = await uow.manager.save(Object.assign(new Book(), values()));
      book.title = 'Told';
    });

    expect(audited).toHaveLength(3);
    const rows = await Promise.all(
      audited.map((code) => database.sql('SELECT books FROM shelf WHERE code = $1', [code])),
    );
    expect(rows).toEqual([[{ books: 1 }], [{ books: 1 }], [{ books: 1 }]]);
  });

  it.each(['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const)(
    'loses nothing at %s when ten read and update() at once',
    async (isolation) => {
      const id = await add();

      await Promise.all(
        Array.from({ length: 10 }, () =>
          run(
            async (uow) => {
              const { stock } = await uow.findOneByOrFail(Book, { id });
              await uow.manager.update(Book, { id }, { stock: stock + 1 });
            },
            { isolation, retry: { maxAttempts: 60 } },
          ),
        ),
      );

      expect(await stored(id)).toMatchObject({ stock: 17 });
    },
  );
});
