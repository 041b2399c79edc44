import * as fc from 'fast-check';
import { compareKeys } from '../../../lib/model/entity-key';
import type { TrackedEntity } from '../../../lib/tracking/tracked-entity';
import type { LockStrength } from '../../../lib/write-set/change';
import { assertionOf, collectChanges } from '../../../lib/write-set/collect-changes';
import { planLocks } from '../../../lib/write-set/lock-plan';
import { fakeModel } from '../model/fake-model';
import { added, changed, loaded, mapOf, removed } from '../tracking/fake-tracked';
import { author, book, node } from './library';

const planOf = (...all: readonly TrackedEntity[]) => planLocks(collectChanges(mapOf(all)));

/** Each table as `name strength: keys with the version they must have`. */
const summaryOf = (...all: readonly TrackedEntity[]) =>
  planOf(...all).map(({ model, strength, rows }) => {
    const keys = rows.map(
      ({ key, expected }) => `${key.map(String).join('.')}@${String(expected)}`,
    );
    return `${model.tableName} ${strength}: ${keys.join(' ')}`;
  });

const renamed = (id: unknown, version = 1) =>
  changed(author, { id, name: 'x', version }, { name: 'y' });

it('locks what will be updated or deleted, in the order of table and key', () => {
  expect(
    summaryOf(
      removed(book, { id: 2, authorId: 1, version: 5 }),
      renamed('10', 3),
      renamed(9, 2),
      removed(book, { id: 1, authorId: 1, version: 4 }),
    ),
  ).toEqual(['author update: 9@2 10@3', 'book delete: 1@4 2@5']);
});

it('says what each lock is for', () => {
  const tracked = renamed(9);

  const { writes } = collectChanges(mapOf([tracked]));
  const [batch] = planLocks({ writes, assertions: [] });

  expect(batch?.rows).toEqual([{ key: [9], expected: 1, reason: writes[0] }]);
});

it('locks one table once, in the strongest way that one of its rows needs', () => {
  const expectVersion = loaded(author, { id: 1, version: 1 }, { assertion: 'expect-version' });

  expect(summaryOf(expectVersion)).toEqual(['author share: 1@1']);
  expect(summaryOf(expectVersion, renamed(2))).toEqual(['author update: 1@1 2@1']);
  expect(summaryOf(removed(author, { id: 3, version: 1 }), expectVersion, renamed(2))).toEqual([
    'author delete: 1@1 2@1 3@1',
  ]);
});

it('takes the strongest of any two, whichever comes first', () => {
  const strengths: readonly LockStrength[] = ['key-share', 'share', 'update', 'delete'];
  const strength = fc.constantFrom(...strengths);

  fc.assert(
    fc.property(fc.array(strength, { minLength: 1 }), (asked) => {
      const assertions = asked.map((strength, id) =>
        assertionOf(loaded(author, { id, version: 1 }), 'lock', strength),
      );

      const [batch, ...more] = planLocks({ writes: [], assertions });

      expect(more).toEqual([]);
      expect(batch?.strength).toBe(strengths.findLast((strength) => asked.includes(strength)));
    }),
  );
});

it('locks existing parents that new foreign keys point to, so that they stay', () => {
  expect(
    summaryOf(
      added(book, { authorId: 7 }),
      changed(book, { id: 1, authorId: 7, version: 1 }, { authorId: 6 }),
    ),
  ).toEqual(['author key-share: 6@null 7@null', 'book update: 1@1']);
});

it('locks no parent where the foreign key is not written or is NULL', () => {
  expect(
    summaryOf(
      changed(book, { id: 1, title: 'x', authorId: 7, version: 1 }, { title: 'y' }),
      changed(book, { id: 2, authorId: 7, version: 1 }, { authorId: null }),
      removed(book, { id: 3, authorId: 7, version: 1 }),
      added(book, { title: 'x' }),
    ),
  ).toEqual(['book delete: 1@1 2@1 3@1']);
});

it('locks no parent that is new: its row does not exist, only the gap it goes into', () => {
  const jane = { name: 'Jane' };

  expect(
    summaryOf(
      added(author, jane),
      added(book, { author: jane }),
      added(author, { id: 7 }),
      added(book, { authorId: '7' }),
      added(node, { id: 1, parent: null }),
      added(node, { id: 2, parentId: 1 }),
    ),
  ).toEqual([]);
});

it('locks a row once where it is written and pointed to as well, and compares its version', () => {
  const first = summaryOf(renamed(7, 3), added(book, { authorId: 7 }));
  const last = summaryOf(added(book, { authorId: '7' }), renamed(7, 3));

  expect(first).toEqual(['author update: 7@3']);
  expect(last).toEqual(first);
});

it('locks no row by a reference that is not to the key', () => {
  const country = fakeModel('Country', { columns: { id: { isKey: true }, code: {} } });
  const city = fakeModel('City', {
    columns: { id: { isKey: true }, countryCode: {} },
    references: [
      { path: 'country', columns: ['countryCode'], target: () => country, referenced: ['code'] },
    ],
  });

  expect(summaryOf(added(city, { id: 1, countryCode: 'DE' }))).toEqual([]);
});

it('locks the rows of an insert not at all, and nothing for nothing', () => {
  expect(summaryOf(added(author, { id: 1, name: 'x' }))).toEqual([]);
  expect(planLocks({ writes: [], assertions: [] })).toEqual([]);
});

it('gives every flush of the same rows the same order, so that two cannot wait for each other', () => {
  const ids = fc.uniqueArray(fc.oneof(fc.integer(), fc.string()), { selector: String });
  const locks = (ids: readonly unknown[]) =>
    planOf(
      ...ids.flatMap((id) => [renamed(id), removed(book, { id, authorId: 1, version: 1 })]),
    ).map(({ model, rows }) => [model.tableName, rows.map(({ key }) => key)] as const);

  fc.assert(
    fc.property(ids, (ids) => {
      const tables = locks(ids);

      expect(tables.map(([name]) => name)).toEqual(ids.length > 0 ? ['author', 'book'] : []);
      for (const [, keys] of tables) expect(keys).toEqual(keys.toSorted(compareKeys));
      expect(locks(ids.toReversed())).toEqual(tables);
    }),
  );
});
