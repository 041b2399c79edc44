import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

import { noReplay, RowVersion, unitOfWork } from '../../lib/index';
import { Book } from '../fixtures/shop';
import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';
import { inspectPool, withPool } from '../support/pools';

/** What TypeORM does, or leaves to its users, and the test that shows what a unit does there. */
const traps: readonly [trap: string, file: string, title: string][] = [
  // #2848, #1755, #2949, #3608, #6842, #910
  ['a version is counted and never compared', 'race', 'race'],
  // #9218, #3271
  [
    'a stale save() moves the version back',
    'writes',
    'keeps a plain save() of a stale entity from moving the version back',
  ],
  // #2038
  [
    'an optimistic lock lets a deleted row pass',
    'verdicts',
    'names the 2 of 10 rows that are stale and the 1 that is gone',
  ],
  // #677
  ['there is no identity map', 'tracking', 'hands out one instance per row, however it was loaded'],
  // #5126, #7326, #6403, #4057, #1115, #462
  [
    'many rows are written one by one',
    'writes',
    'writes 1,000 new rows by one INSERT and 1,000 changed ones by one UPDATE',
  ],
  // #10574, #7094, #4922, #5973
  [
    'the keys of a bulk insert are merged by their place',
    'writes',
    'gives each new entity the key of its own row',
  ],
  [
    'save() inserts a row again that another has deleted',
    'manager-writes',
    'never inserts again what was deleted since it was loaded elsewhere',
  ],
  ['remove() compares no version', 'verdicts', 'does not delete a row that a rival changed'],
  ['softRemove() compares no version', 'manager-table', '%s of what is %s is: %s'],
  // #9015, #10458
  ['upsert() moves no version', 'manager-table', '%s of what is %s is: %s'],
  // #12238, #12105, #12421
  [
    'statements of one connection overlap',
    'manager-writes',
    'writes all of Promise.all, one after the other',
  ],
  // #5849, #2415, #7374, #7386, #4432, #5628
  [
    'the number of affected rows is not looked at',
    'verdicts',
    'names exactly the one stale row of three, with the version expected and found',
  ],
  // #6709, #9490, #2602, #4866
  ['connections leak after errors', 'pool', 'is whole after'],
  // #1645
  [
    'a COMMIT of a failed transaction resolves',
    'dead-units',
    'never commits after a duplicate key that was swallowed',
  ],
  // #3496, #5160
  [
    'values that are equal count as changed',
    'tracking',
    'sends no write when nothing changed, or an equal value was set',
  ],
  [
    'rows that point to each other are a cyclic dependency',
    'relations',
    'inserts and deletes a tree of one table',
  ],
  ['a cached read holds old versions', 'tracking', 'refuses cached reads'],
  // #6327
  [
    'softRemove() is told as an update',
    'soft-removal-events',
    'is told as one, and as no update, in a unit as elsewhere',
  ],
  // #973
  [
    'there is no column that a generated migration adds to a filled table',
    'migration',
    'is generated for a filled table by one %s',
  ],
  [
    'a change of a tree entity moves other rows too',
    'trees',
    'is refused where it is handed over to be written by %s',
  ],
  [
    'an update date loses its fraction of a second',
    'writes',
    'moves the update date with the row and reads it back',
  ],
];

const quoteOf = ({ engine }: TestDatabase) => (engine === 'postgres' ? '"' : '`');

describe('a trap of TypeORM is shown by the test that is named', () => {
  it.each(traps)('%s: tests/specification/%s.test.ts', (_, file, title) => {
    const text = readFileSync(join(__dirname, `${file}.test.ts`), 'utf8');
    const isThere = text.includes(title);

    expect({ title, isThere }).toEqual({ title, isThere: true });
  });
});

/** TypeORM has no joined inheritance: each class has a table of its own with all the columns. */
@Entity()
class Vehicle {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'int' })
  wheels: number;

  @RowVersion()
  version: number;
}

@Entity()
class Truck extends Vehicle {
  @Column({ type: 'int' })
  load: number;
}

onEachDatabase('a trap of TypeORM', [Book, Vehicle, Truck], (database) => {
  it('that knows no joined inheritance keeps classes in tables of their own, each checked', async () => {
    const vehicle = Object.assign(new Vehicle(), { wheels: 2 });
    const truck = Object.assign(new Truck(), { wheels: 6, load: 7 });
    await unitOfWork(database.source, async (uow) => uow.add([vehicle, truck]));

    const error = await unitOfWork(
      database.source,
      async (uow) => {
        const [one, other] = [
          await uow.findOneByOrFail(Vehicle, { id: vehicle.id }),
          await uow.findOneByOrFail(Truck, { id: truck.id }),
        ];
        Object.assign(one, { wheels: 3 });
        Object.assign(other, { wheels: 8, load: 9 });
        await database.sql('UPDATE truck SET row_version = 2 WHERE id = $1', [truck.id]);
      },
      { retry: noReplay },
    ).catch((thrown: unknown) => thrown);

    expect(vehicle.id).toBe(truck.id);
    expect(error).toMatchObject({
      conflicts: [
        { entityName: 'Truck', tableName: 'truck', expectedVersion: 1, actualVersion: 2 },
      ],
    });
    expect(await database.sql('SELECT wheels FROM vehicle')).toEqual([{ wheels: 2 }]);
    expect(
      await database.sql('SELECT wheels, "load" FROM truck'.replaceAll('"', quoteOf(database))),
    ).toEqual([{ wheels: 6, load: 7 }]);
  });

  // #9993
  it('that drops an explicit value of a generated key keeps it in a unit', async () => {
    const ids = [70_001, 70_002, 70_003];

    await unitOfWork(database.source, async ({ manager }) => {
      const [first, second, third] = ids.map((id) => ({
        id,
        isbn: `explicit-${id}`,
        title: 'Emma',
      }));
      await manager.save(Book, first!);
      await manager.save(Object.assign(new Book(), second));
      await manager.insert(Book, third!);
    });

    const rows = await database.sql('SELECT id FROM book WHERE id > 70000 ORDER BY id');
    expect(rows.map(({ id }) => Number(id))).toEqual(ids);
  });

  // #11404, #10209, #12348, #1505
  it('that poisons the pool by transactions side by side leaves it whole in a unit', async () => {
    await withPool(database, { poolSize: 2 }, async (source) => {
      const outcomes = await unitOfWork(source, ({ manager }) =>
        Promise.allSettled(
          [1, 2, 3].map((i) =>
            manager.transaction(async (inner) => {
              await inner.insert(Book, { isbn: `side-${i}`, title: 'Emma' });
              if (i === 2) throw new Error('the second fails');
            }),
          ),
        ),
      );

      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await inspectPool(database, source, 2)).toEqual({ connections: 2, inTransaction: [] });
    });
    const rows = await database.sql("SELECT isbn FROM book WHERE isbn LIKE 'side-%' ORDER BY isbn");
    expect(rows).toEqual([{ isbn: 'side-1' }, { isbn: 'side-3' }]);
  });
});

onEachDatabase(
  'a trap of TypeORM on a server whose generated keys go by steps',
  [Book],
  (database) => {
    it('that counts keys on from the first gives each new entity the key of its own row in a unit', async () => {
      // Its connections keep what is set for their session.
      const source = await database.openSource();
      const books = Array.from({ length: 7 }, (_, i) =>
        Object.assign(new Book(), { isbn: `step-${i}`, title: 'Emma' }),
      );

      const work = unitOfWork(source, async (uow) => uow.add(books), {
        onBegin: (manager) =>
          manager.query('SET SESSION auto_increment_increment = 3, auto_increment_offset = 2'),
      });
      const outcome = await work.then(() => 'written', String);

      expect(outcome).toBe('written');

      const rows = await database.sql("SELECT id, isbn FROM book WHERE isbn LIKE 'step-%'");
      const isbnOf = new Map(rows.map(({ id, isbn }) => [Number(id), isbn]));
      expect(books.map(({ id }) => isbnOf.get(id))).toEqual(books.map(({ isbn }) => isbn));
      const [first = 0, second] = books.map(({ id }) => id);
      expect(second).toBe(first + 3);
    });
  },
  ({ engine }) => engine !== 'postgres',
);
