import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { unitOfWork } from '../../lib/index';
import { Book } from '../fixtures/shop';
import { onEachDatabase } from '../setup/on-each-database';
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
  [
    'an update date loses its fraction of a second',
    'writes',
    'moves the update date with the row and reads it back',
  ],
];

describe('a trap of TypeORM is shown by the test that is named', () => {
  it.each(traps)('%s: tests/specification/%s.test.ts', (_, file, title) => {
    const text = readFileSync(join(__dirname, `${file}.test.ts`), 'utf8');
    const isThere = text.includes(title);

    expect({ title, isThere }).toEqual({ title, isThere: true });
  });
});

onEachDatabase('a trap of TypeORM', [Book], (database) => {
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
