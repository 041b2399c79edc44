import {
  ConcurrencyError,
  MappingError,
  unitOfWork,
  UsageError,
  type UnitOfWork,
} from '../../lib/index';
import { Author, Book, Tag } from '../fixtures/library';
import { Customer, Line, Order, orderEntities } from '../fixtures/orders';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

onEachDatabase('replaceParts()', [...orderEntities, Author, Book, Tag], (database) => {
  let id = 0;
  beforeEach(async () => {
    const customer = { id: ++id, name: 'ann' };
    await database.source.manager.insert(Customer, customer);
    await database.source.manager.insert(Order, { id, customer });
    await database.source.manager.insert(Line, [
      { orderId: id, sku: 'bolt', amount: 1 },
      { orderId: id, sku: 'nut', amount: 2 },
    ]);
  });

  const stored = async () => {
    const lines = await database.source.manager.find(Line, {
      where: { orderId: id },
      order: { sku: 'ASC' },
    });
    return lines.map(({ sku, amount }) => `${sku} ${amount}`);
  };
  const versionOf = async () =>
    (await database.source.manager.findOneByOrFail(Order, { id })).version;
  const readOrder = (uow: UnitOfWork) =>
    uow.findOneOrFail(Order, { where: { id }, relations: { customer: true } });
  const readWhole = (uow: UnitOfWork) =>
    uow.findOneOrFail(Order, { where: { id }, relations: { customer: true, lines: true } });
  const run = <T>(work: (uow: UnitOfWork) => Promise<T>) =>
    unitOfWork(database.source, work, { retry: { maxAttempts: 1 } });

  it('adds what is missing, changes what differs and removes what is left over', async () => {
    const order = await run(async (uow) => {
      const read = await readOrder(uow);
      await uow.replaceParts(read, 'lines', [
        { sku: 'nut', amount: 5 },
        { sku: 'screw', amount: 9 },
      ]);
      return read;
    });

    expect(await stored()).toEqual(['nut 5', 'screw 9']);
    expect(order.lines?.map(({ sku }) => sku)).toEqual(['nut', 'screw']);
    expect([order.version, await versionOf()]).toEqual([2, 2]);
  });

  it('replaces nothing where one of the parts cannot be read', async () => {
    await run(async (uow) => {
      const order = await readOrder(uow);
      const unreadable = {
        sku: 'screw',
        get amount(): number {
          throw new Error('no amount');
        },
      };
      const parts = [{ sku: 'nut', amount: 5 }, { sku: 'new', amount: 1 }, unreadable];
      await expect(uow.replaceParts(order, 'lines', parts)).rejects.toThrow('no amount');
    });

    expect(await stored()).toEqual(['bolt 1', 'nut 2']);
  });

  it('writes nothing for parts that are as they were', async () => {
    const statements = await database.recordStatements(() =>
      run(async (uow) => {
        const order = await readOrder(uow);
        await uow.replaceParts(order, 'lines', [{ sku: 'bolt' }, { sku: 'nut', amount: 2 }]);
      }),
    );

    expect(statements.filter((sql) => /^\W*(insert|update|delete|with)/i.test(sql))).toEqual([]);
    expect(await versionOf()).toBe(1);
  });

  it('knows a set that is empty from one that was not loaded', async () => {
    const error = await rejectionOf(
      run(async (uow) => {
        const order = await readOrder(uow);
        order.lines = [];
        order.status = 'paid';
      }),
    );
    const afterEmptyProperty = await stored();

    await run(async (uow) => uow.replaceParts(await readOrder(uow), 'lines', []));

    expect(error).toBeInstanceOf(UsageError);
    expect(afterEmptyProperty).toEqual(['bolt 1', 'nut 2']);
    expect(await stored()).toEqual([]);
  });

  it('takes the last of two calls', async () => {
    await run(async (uow) => {
      const order = await readWhole(uow);
      await uow.replaceParts(order, 'lines', [{ sku: 'screw', amount: 3 }]);
      await uow.replaceParts(order, 'lines', [
        { sku: 'bolt', amount: 4 },
        { sku: 'screw', amount: 8 },
      ]);
    });

    expect(await stored()).toEqual(['bolt 4', 'screw 8']);
  });

  it('gives a new root its parts', async () => {
    await run(async (uow) => {
      const { customer } = await readOrder(uow);
      const order = Object.assign(new Order(), { id: (id += 100), customer });
      uow.add(order);
      await uow.replaceParts(order, 'lines', [{ sku: 'bolt', amount: 7 }]);
    });

    expect(await stored()).toEqual(['bolt 7']);
    expect(await versionOf()).toBe(1);
  });

  it('matches by the properties that are named', async () => {
    await run(async (uow) => {
      const order = await readOrder(uow);
      await uow.replaceParts(order, 'lines', [{ sku: 'ignored', amount: 2, clicks: 6 }], {
        matchBy: ['amount'],
      });
    });

    const [line] = await database.source.manager.findBy(Line, { orderId: id });
    expect(line).toMatchObject({ sku: 'nut', amount: 2, clicks: 6 });
  });

  it('copies neither a key, nor a root, nor what is not mapped', async () => {
    const hostile = JSON.parse(
      '{"sku":"nut","amount":8,"orderId":999,"order":{"id":999},"__proto__":{"polluted":true},"other":1}',
    ) as Partial<Line>;

    const order = await run(async (uow) => {
      const read = await readOrder(uow);
      await uow.replaceParts(read, 'lines', [hostile]);
      return read;
    });

    const [line] = order.lines ?? [];
    expect(line).toBeInstanceOf(Line);
    expect(line).toMatchObject({ orderId: id, sku: 'nut', amount: 8 });
    expect(line).not.toHaveProperty('other');
    expect(line).not.toHaveProperty('polluted');
    expect(await stored()).toEqual(['nut 8']);
  });

  it('is in conflict with whoever has changed the set in the meantime', async () => {
    const error = await rejectionOf(
      run(async (uow) => {
        const order = await readOrder(uow);
        await unitOfWork(await database.openSource(), async (rival) => {
          await rival.replaceParts(await readOrder(rival), 'lines', [{ sku: 'screw' }]);
        });
        await uow.replaceParts(order, 'lines', [{ sku: 'washer' }]);
      }),
    );

    expect(ConcurrencyError.is(error)).toBe(true);
    expect((error as ConcurrencyError).conflictsOf(Order)).toMatchObject([{ actualVersion: 2 }]);
    expect(await stored()).toEqual(['screw 1']);
  });

  it.each<[string, RegExp, (uow: UnitOfWork) => Promise<void>]>([
    [
      'two parts that are the same',
      /^two of the parts have the same sku: \["bolt"\]$/,
      async (uow) =>
        uow.replaceParts(await readOrder(uow), 'lines', [{ sku: 'bolt' }, { sku: 'bolt' }]),
    ],
    [
      'a part that cannot be matched',
      /^a Line has no sku, by which the parts are matched$/,
      async (uow) => uow.replaceParts(await readOrder(uow), 'lines', [{ amount: 1 }]),
    ],
    [
      'a set that was edited as well',
      /^Order.lines was edited/,
      async (uow) => {
        const order = await readWhole(uow);
        order.lines!.pop();
        await uow.replaceParts(order, 'lines', []);
      },
    ],
    [
      'a set that was loaded with a condition',
      /^Order.lines was loaded with a condition/,
      async (uow) => {
        const order = await uow.findOneOrFail(Order, {
          where: { id, lines: { sku: 'bolt' } },
          relations: { customer: true, lines: true },
        });
        await uow.replaceParts(order, 'lines', [{ sku: 'bolt' }]);
      },
    ],
    [
      'what is no relation to parts',
      /^Order.status is no relation to parts/,
      async (uow) => uow.replaceParts(await readOrder(uow), 'status', []),
    ],
    [
      'what is no list',
      /^replaceParts\(\) takes a list of parts$/,
      async (uow) => uow.replaceParts(await readOrder(uow), 'lines', {} as never),
    ],
    [
      'a name that is no column',
      /^matchBy names color, which is no column of Line$/,
      async (uow) => {
        await uow.replaceParts(await readOrder(uow), 'lines', [], { matchBy: ['color' as 'sku'] });
      },
    ],
  ])('refuses %s, and writes nothing', async (_, message, work) => {
    const error = await rejectionOf(run(work));

    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(message);
    expect(await stored()).toEqual(['bolt 1', 'nut 2']);
    expect(await versionOf()).toBe(1);
  });

  it('refuses members that their root does not guard', async () => {
    const author = Object.assign(new Author(), { name: 'Ada' });

    const error = await rejectionOf(
      run(async (uow) => {
        uow.add(author);
        await uow.replaceParts(author, 'books', [{ title: 'A' }]);
      }),
    );

    expect(error).toBeInstanceOf(MappingError);
    expect((error as Error).message).toMatch(/^Book.author must be decorated with @PartOf\(\)/);
  });
});
