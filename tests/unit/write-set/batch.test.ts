import { batchIds, makeBatch, splitBatch } from '../../../lib/write-set/batch';
import type { Write } from '../../../lib/write-set/change';
import { collectChanges } from '../../../lib/write-set/collect-changes';
import type { TrackedEntity } from '../../../lib/tracking/tracked-entity';
import { fakeModel } from '../model/fake-model';
import { added, changed, mapOf, removed } from '../tracking/fake-tracked';
import { author, seat } from './library';

const names = (columns: readonly { propertyPath: string }[]) => columns.map((c) => c.propertyPath);

function writesOf(...all: readonly TrackedEntity[]): [Write, ...Write[]] {
  return collectChanges(mapOf(all)).writes as [Write, ...Write[]];
}

function renamed(id: unknown): TrackedEntity {
  return changed(author, { id, name: 'Jane', version: 3 }, { name: 'J.' });
}

it('puts writes into one batch if they share operation, table, columns and check', () => {
  const forced = changed(author, { id: 7, hits: 1, version: 1 }, { hits: 2 });
  forced.forcesIncrement = true;

  const ids = writesOf(
    renamed(1),
    changed(author, { id: 2, name: 'A', version: 9 }, { name: 'B' }),
    changed(author, { id: 3, hits: 1, version: 1 }, { hits: 2 }),
    forced,
    changed(author, { id: 4, name: 'A', hits: 1, version: 1 }, { name: 'B', hits: 2 }),
    changed(seat, { id: 'A', slot: 1 }, { slot: 2 }),
    removed(author, { id: 5, version: 1 }),
    removed(author, { id: 6, name: 'A', version: 2 }),
    added(author, { name: 'A' }),
    added(author, { id: 9, name: 'A' }),
  ).map(batchIds());

  expect(ids[0]).toBe(ids[1]);
  expect(ids[6]).toBe(ids[7]);
  expect(new Set(ids).size).toBe(8);
});

it('puts subclasses of one table into one batch', () => {
  const columns = { id: { isKey: true }, name: {} };
  const cat = fakeModel('Cat', { columns, tablePath: ['pet'] });
  const dog = fakeModel('Dog', { columns, tablePath: ['pet'] });

  const [first, second] = writesOf(
    added(cat, { id: 1, name: 'A' }),
    added(dog, { id: 2, name: 'B' }),
  );

  expect(second && batchIds()(second)).toBe(first && batchIds()(first));
});

it('sorts the rows of updates and deletes by key, and keeps new rows in the order they were added', () => {
  const ids = [10, 9, '100', 1];

  const update = makeBatch(writesOf(...ids.map(renamed)));
  const remove = makeBatch(writesOf(...ids.map((id) => removed(author, { id, version: 1 }))));
  const insert = makeBatch(writesOf(...ids.map((id) => added(author, { id, name: 'x' }))));

  const keys = (batch: typeof update) => batch.rows.map((row) => row.tracked.key?.[0]);
  expect(keys(update)).toEqual([1, 9, 10, '100']);
  expect(keys(remove)).toEqual([1, 9, 10, '100']);
  expect(insert.rows.map((row) => author.key[0]?.read(row.tracked.entity))).toEqual(ids);
});

it('asks for what the database fills in and the batch does not give', () => {
  const [update] = writesOf(renamed(1));
  const [insert] = writesOf(added(author, { name: 'x' }));
  const [given] = writesOf(added(author, { id: 7, name: 'x' }));
  const [remove] = writesOf(removed(author, { id: 1, version: 1 }));

  expect(names(makeBatch([update]).answered)).toEqual(['changedAt']);
  expect(names(makeBatch([insert]).answered)).toEqual(['id']);
  expect(names(makeBatch([given]).answered)).toEqual([]);
  expect(makeBatch([remove])).toMatchObject({ columns: [], answered: [] });
});

it('is checked if it expects a version', () => {
  const batches = writesOf(
    renamed(1),
    changed(author, { id: 2, hits: 1, version: 1 }, { hits: 2 }),
    removed(author, { id: 3, version: 1 }),
    removed(seat, { id: 'A' }),
    added(author, {}),
  ).map((write) => makeBatch([write]));

  expect(batches.map(({ operation, isChecked }) => [operation, isChecked])).toEqual([
    ['update', true],
    ['update', false],
    ['delete', true],
    ['delete', false],
    ['insert', false],
  ]);
});

it('is split into batches that differ only in their rows', () => {
  const batch = makeBatch(writesOf(renamed(1), renamed(2), renamed(3)));

  const [first, second, ...more] = splitBatch(batch, { items: 2 });

  expect(more).toEqual([]);
  expect(first).toEqual({ ...batch, rows: batch.rows.slice(0, 2) });
  expect(second).toEqual({ ...batch, rows: batch.rows.slice(2) });
});
