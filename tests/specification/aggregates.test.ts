import { ConcurrencyError, unitOfWork, UsageError } from '../../lib/index';
import { Customer, Line, Order, orderEntities, Payment, Remark } from '../fixtures/orders';
import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

const noReplay = { retry: { maxAttempts: 1 } };

let next = 1;

/** A customer with two orders, the first with two lines; every version is 1. */
async function store({ source }: TestDatabase): Promise<[first: number, second: number]> {
  const id = (next += 10);
  const customer = { id, name: 'ann' };
  await source.manager.insert(Customer, customer);
  await source.manager.insert(Order, [
    { id, customer },
    { id: id + 1, customer },
  ]);
  await source.manager.insert(Line, [
    { orderId: id, sku: 'bolt' },
    { orderId: id, sku: 'nut' },
  ]);
  return [id, id + 1];
}

async function versionsOf({ source }: TestDatabase, orderId: number) {
  const order = await source.manager.findOneOrFail(Order, {
    where: { id: orderId },
    relations: { customer: true },
  });
  return { order: order.version, customer: order.customer.version };
}

const line = (fields: Partial<Line>) => Object.assign(new Line(), fields);

/** The order, its customer and its lines, read by one statement. */
const whole = (id: number) => ({ where: { id }, relations: { customer: true, lines: true } });

onEachDatabase('an aggregate', orderEntities, (database) => {
  it('moves every root once when only a part changes', async () => {
    const [id] = await store(database);

    const order = await unitOfWork(database.source, async (uow) => {
      const read = await uow.findOneOrFail(Order, whole(id));
      for (const { sku } of read.lines ?? []) {
        const part = read.lines?.find((member) => member.sku === sku);
        if (part) part.amount += 1;
      }
      return read;
    });

    expect(await versionsOf(database, id)).toEqual({ order: 2, customer: 2 });
    expect([order.version, order.customer.version]).toEqual([2, 2]);
  });

  it('moves a root once although it is flushed twice and changed itself', async () => {
    const [id] = await store(database);

    await unitOfWork(database.source, async (uow) => {
      const order = await uow.findOneOrFail(Order, whole(id));
      order.status = 'paid';
      uow.add(line({ orderId: id, sku: 'washer' }));
      await uow.flush();
      uow.add(line({ orderId: id, sku: 'screw' }));
    });

    expect(await versionsOf(database, id)).toEqual({ order: 2, customer: 2 });
  });

  it.each([
    ['a part is changed', (order: Order) => void (order.lines![0]!.amount = 7)],
    ['a part is removed', undefined],
  ])('refuses a unit that lost its root to a rival when %s', async (_, change) => {
    const [id] = await store(database);

    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          const order = await uow.findOneOrFail(Order, whole(id));
          if (change) change(order);
          else uow.remove(order.lines!.splice(0, 1));
          await database.sql('UPDATE orders SET row_version = 2 WHERE id = $1', [id]);
        },
        noReplay,
      ),
    );

    expect(error).toMatchObject({
      kind: 'row-version',
      conflicts: [{ entityName: 'Order', operation: 'force-increment', expectedVersion: 1 }],
    });
    expect(await database.source.manager.findBy(Line, { orderId: id })).toEqual([
      line({ orderId: id, sku: 'bolt', amount: 1, clicks: 0 }),
      line({ orderId: id, sku: 'nut', amount: 1, clicks: 0 }),
    ]);
  });

  it('moves the root of a new part that was not read, so that who read the set is in conflict', async () => {
    const [id] = await store(database);

    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          const payments = await uow.findOneOrFail(Order, whole(id));
          payments.status = 'unpaid';
          await unitOfWork(await database.openSource(), async (rival) => {
            rival.add(Object.assign(new Remark(), { text: 'hello', order: { id } }));
          });
        },
        noReplay,
      ),
    );

    expect(ConcurrencyError.is(error)).toBe(true);
    expect(await versionsOf(database, id)).toEqual({ order: 2, customer: 2 });
  });

  it('moves both roots of a part that goes from one to the other', async () => {
    const [first, second] = await store(database);
    const { id } = await database.source.manager.save(Payment, { amount: 5, order: { id: first } });

    await unitOfWork(database.source, async (uow) => {
      const orders = await uow.find(Order, { relations: { customer: true } });
      const payment = await uow.findOneOrFail(Payment, {
        where: { id },
        relations: { order: true },
      });
      payment.order = orders.find((order) => order.id === second)!;
    });

    expect(await versionsOf(database, first)).toEqual({ order: 2, customer: 2 });
    expect(await versionsOf(database, second)).toEqual({ order: 2, customer: 2 });
  });

  it('refuses a part that is changed without its root, and says what to write', async () => {
    const [id] = await store(database);

    const change = (load: 'before' | 'never') =>
      unitOfWork(database.source, async (uow) => {
        const [part] = await uow.findBy(Line, { orderId: id });
        if (load === 'before') await uow.findOneOrFail(Order, whole(id));
        part!.amount = 5;
        if (load === 'before') await database.sql('SELECT 1');
      });

    await expect(change('never')).rejects.toThrow(UsageError);
    await expect(change('never')).rejects.toThrow(
      new RegExp(
        `^Line\\(\\["${id}","bolt"\\]\\) is a part of Order\\(\\["${id}"\\]\\), which the unit has not read`,
      ),
    );
    await expect(change('before')).resolves.toBeUndefined();
  });

  it('lets unversioned columns of parts and roots alone', async () => {
    const [id] = await store(database);

    await unitOfWork(database.source, async (uow) => {
      const [part] = await uow.findBy(Line, { orderId: id });
      part!.clicks = 5;
      const order = await uow.findOneByOrFail(Order, { id });
      order.views = 7;
    });

    expect(await versionsOf(database, id)).toEqual({ order: 1, customer: 1 });
  });

  it('is in conflict when a part was read before its root and changed in between', async () => {
    const [id] = await store(database);

    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          const [part] = await uow.findBy(Line, { orderId: id });
          await database.sql('UPDATE order_line SET amount = 9 WHERE order_id = $1', [id]);
          await uow.findOneOrFail(Order, whole(id));
          part!.amount = 5;
        },
        noReplay,
      ),
    );

    expect(error).toMatchObject({
      kind: 'row-version',
      replayable: true,
      conflicts: [{ entityName: 'Line', operation: 'read' }],
      message: expect.stringMatching(/: read of Line\(.*\): it was changed meanwhile$/) as unknown,
    });
  });

  it('refuses a root that was read after its part, which was not read again', async () => {
    const [id] = await store(database);

    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) => {
        const [part] = await uow.findBy(Line, { orderId: id });
        await uow.findOneOrFail(Order, { where: { id }, relations: { customer: true } });
        part!.amount = 5;
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(
      /which the unit has read after it: load the Order first/,
    );
  });

  it('takes a root and its parts of separate statements, if the root came first', async () => {
    const [id] = await store(database);

    await unitOfWork(database.source, async (uow) => {
      await uow.findOneOrFail(Order, { where: { id }, relations: { customer: true } });
      const [part] = await uow.findBy(Line, { orderId: id });
      part!.amount = 5;
    });
    await unitOfWork(database.source, async (uow) => {
      await uow.findOneByOrFail(Customer, { id });
      const order = await uow.findOneOrFail(Order, { ...whole(id), relationLoadStrategy: 'query' });
      order.lines![0]!.amount = 6;
    });

    expect(await versionsOf(database, id)).toEqual({ order: 3, customer: 3 });
  });

  it('refuses a root whose statement came after that of its parts', async () => {
    const [id] = await store(database);

    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) => {
        const [part] = await uow.find(Line, {
          where: { orderId: id },
          relations: { order: { customer: true } },
          relationLoadStrategy: 'query',
        });
        part!.amount = 5;
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
  });

  it('needs no root for a part that belongs to none', async () => {
    const payment = Object.assign(new Payment(), { amount: 3, order: null });

    await unitOfWork(database.source, async (uow) => uow.add(payment));
    await unitOfWork(database.source, async (uow) => {
      const read = await uow.findOneOrFail(Payment, {
        where: { id: payment.id },
        relations: { order: true },
      });
      read.amount = 4;
    });

    const [stored] = await database.source.manager.findBy(Payment, { id: payment.id });
    expect(stored).toMatchObject({ amount: 4, version: 2 });
  });

  it('refuses a new part without the root that it must have', async () => {
    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) =>
        uow.add(Object.assign(new Remark(), { text: 'whose?' })),
      ),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(/^a Remark needs its order: it is a part of Order/);
  });

  it.each([
    ['is changed', (part: Line) => void (part.amount = 5)],
    ['is added', undefined],
  ])('is in conflict when its root was deleted and a part %s', async (_, change) => {
    const [id] = await store(database);

    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          const order = await uow.findOneOrFail(Order, whole(id));
          await database.sql('DELETE FROM order_line WHERE order_id = $1', [id]);
          await database.sql('DELETE FROM orders WHERE id = $1', [id]);
          if (change) change(order.lines![0]!);
          else uow.add(line({ orderId: id, sku: 'screw' }));
        },
        noReplay,
      ),
    );

    expect(ConcurrencyError.is(error)).toBe(true);
    expect((error as ConcurrencyError).conflictsOf(Order)).toMatchObject([
      { operation: 'force-increment', expectedVersion: 1, actualVersion: null },
    ]);
  });

  it('is in conflict when the root of a new part was deleted without having been read', async () => {
    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => uow.add(line({ orderId: 999_999, sku: 'screw' })),
        noReplay,
      ),
    );

    expect((error as ConcurrencyError).conflictsOf(Order)).toMatchObject([
      { key: [999_999], expectedVersion: null, actualVersion: null },
    ]);
  });

  it('moves a root that is deleted with its parts no more', async () => {
    const [id] = await store(database);

    await unitOfWork(database.source, async (uow) => {
      const order = await uow.findOneOrFail(Order, whole(id));
      uow.remove([order, ...order.lines!]);
    });

    expect(await database.source.manager.findBy(Line, { orderId: id })).toEqual([]);
    const customer = await database.source.manager.findOneByOrFail(Customer, { id });
    expect(customer.version).toBe(2);
  });

  describe("with guard: 'move'", () => {
    it('moves the root of a part that is changed without having been read', async () => {
      const [id] = await store(database);
      const remark = Object.assign(new Remark(), { text: 'hello', order: { id } });
      await unitOfWork(database.source, async (uow) => uow.add(remark));

      await unitOfWork(database.source, async (uow) => {
        const [read] = await uow.find(Remark, {
          where: { id: remark.id },
          loadRelationIds: { relations: ['order'], disableMixedMap: true },
        });
        read!.text = 'goodbye';
      });

      expect(await versionsOf(database, id)).toEqual({ order: 3, customer: 3 });
    });

    it('is in no conflict with a rival, and whoever uses the root afterwards is', async () => {
      const [id] = await store(database);
      const remark = Object.assign(new Remark(), { text: 'hello', order: { id } });
      await unitOfWork(database.source, async (uow) => uow.add(remark));

      const use = (isUsed: boolean) =>
        unitOfWork(
          database.source,
          async (uow) => {
            const read = await uow.findOneOrFail(Remark, {
              where: { id: remark.id },
              relations: { order: { customer: true } },
            });
            await database.sql('UPDATE orders SET row_version = row_version + 1 WHERE id = $1', [
              id,
            ]);
            read.text += '!';
            await uow.flush();
            if (isUsed) read.order.status = 'paid';
          },
          noReplay,
        );

      await use(false);
      const error = await rejectionOf(use(true));

      expect((error as ConcurrencyError).conflictsOf(Order)).toHaveLength(1);
    });
  });
});
