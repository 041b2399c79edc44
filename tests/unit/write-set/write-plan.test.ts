import * as fc from 'fast-check';
import { UsageError } from '../../../lib/errors/usage-error';
import type { TrackedEntity } from '../../../lib/tracking/tracked-entity';
import type { Batch } from '../../../lib/write-set/batch';
import { collectChanges } from '../../../lib/write-set/collect-changes';
import { planWrites } from '../../../lib/write-set/write-plan';
import { added, changed, mapOf, removed } from '../tracking/fake-tracked';
import { author, book, node, seat } from './library';

type Values = Record<string, unknown>;

const planOf = (all: readonly TrackedEntity[]) => planWrites(collectChanges(mapOf(all)).writes);

/** Each batch as operation, entity and number of rows. */
const summaryOf = (...all: readonly TrackedEntity[]) =>
  planOf(all).map(
    ({ operation, model, rows }) => `${operation} ${model.entityName} ${rows.length}`,
  );

/** The number of the batch that holds a row. */
function batchOf(batches: readonly Batch[], tracked: TrackedEntity): number {
  return batches.findIndex(({ rows }) => rows.some((row) => row.tracked === tracked));
}

describe('where the order is free', () => {
  it('updates go first, then inserts, then deletes', () => {
    expect(
      summaryOf(
        removed(seat, { id: 'A', slot: 1 }),
        added(author, { name: 'x' }),
        changed(author, { id: 1, name: 'x', version: 1 }, { name: 'y' }),
        removed(author, { id: 2, version: 1 }),
      ),
    ).toEqual(['update Author 1', 'insert Author 1', 'delete Seat 1', 'delete Author 1']);
  });

  it('a batch waits until all its rows can go', () => {
    const jane = { name: 'Jane' };

    expect(
      summaryOf(
        added(book, { title: 'Emma', author: null }),
        added(book, { title: 'Emma', author: jane }),
        added(author, jane),
      ),
    ).toEqual(['insert Author 1', 'insert Book 2']);
  });

  it('rows that can share a statement do', () => {
    const write = fc.record({
      id: fc.integer(),
      kind: fc.constantFrom('rename', 'visit', 'remove', 'add'),
    });

    fc.assert(
      fc.property(fc.uniqueArray(write, { selector: ({ id }) => id }), (writes) => {
        const batches = planOf(
          writes.map(({ id, kind }) => {
            const before = { id, name: 'x', hits: 0, version: 1 };
            if (kind === 'rename') return changed(author, before, { name: 'y' });
            if (kind === 'visit') return changed(author, before, { hits: 1 });
            return kind === 'add' ? added(author, before) : removed(author, before);
          }),
        );

        expect(batches).toHaveLength(new Set(writes.map(({ kind }) => kind)).size);
        expect(batches.flatMap(({ rows }) => rows)).toHaveLength(writes.length);
      }),
    );
  });
});

describe('where rows of one table depend on each other', () => {
  /** A forest: the parent of each node, if any, has a smaller number; and an order to come in. */
  const forest = fc
    .array(fc.nat(), { minLength: 1, maxLength: 12 })
    .map((numbers) => numbers.map((number, i) => (i === 0 ? -1 : (number % (i + 1)) - 1)))
    .chain((parents) => {
      const order = fc.shuffledSubarray([...parents.keys()], { minLength: parents.length });
      return fc.tuple(fc.constant(parents), order);
    });
  const depthOf = (parents: readonly number[], i: number): number =>
    i < 0 ? 0 : 1 + depthOf(parents, parents[i] ?? -1);
  const depth = (parents: readonly number[]) =>
    Math.max(...parents.map((_, i) => depthOf(parents, i)));

  it('parents are inserted before their children, level by level', () => {
    fc.assert(
      fc.property(forest, ([parents, order]) => {
        const entities: Values[] = parents.map((_, id) => ({ id }));
        parents.forEach((parent, i) => {
          Object.assign(entities[i] ?? {}, { parent: entities[parent] ?? null });
        });
        const all = entities.map((entity) => added(node, entity));

        const batches = planOf(order.flatMap((i) => all[i] ?? []));

        expect(batches).toHaveLength(depth(parents));
        expectOrder(batches, all, parents, 'parent first');
      }),
    );
  });

  it('children are deleted before their parents, level by level', () => {
    fc.assert(
      fc.property(forest, ([parents, order]) => {
        const all = parents.map((parent, id) => {
          const parentId = parent < 0 ? null : parent;
          return removed(node, { id, parentId, version: 1 });
        });

        const batches = planOf(order.flatMap((i) => all[i] ?? []));

        expect(batches).toHaveLength(depth(parents));
        expectOrder(batches, all, parents, 'child first');
      }),
    );
  });

  it('a unique value is freed before it is taken, however long the chain', () => {
    const chain = fc
      .integer({ min: 1, max: 10 })
      .chain((length) => fc.shuffledSubarray([...Array(length).keys()], { minLength: length }));

    fc.assert(
      fc.property(chain, fc.boolean(), (order, isNew) => {
        const moved = order
          .toSorted((a, b) => a - b)
          .map((slot) => changed(seat, { id: slot, slot }, { slot: slot + 1 }));
        const newcomer = isNew ? [added(seat, { id: 'new', slot: 0 })] : [];

        const batches = planOf([...newcomer, ...order.flatMap((i) => moved[i] ?? [])]);

        const steps = moved.toReversed().concat(newcomer);
        expect(steps.map((tracked) => batchOf(batches, tracked))).toEqual([...steps.keys()]);
      }),
    );
  });

  function expectOrder(
    batches: readonly Batch[],
    all: readonly TrackedEntity[],
    parents: readonly number[],
    rule: 'parent first' | 'child first',
  ): void {
    for (const [i, child] of all.entries()) {
      const parent = all[parents[i] ?? -1];
      if (!parent) continue;
      const distance = batchOf(batches, child) - batchOf(batches, parent);
      expect(rule === 'parent first' ? distance : -distance).toBeGreaterThan(0);
    }
  }
});

it('writes every row exactly once', () => {
  const jane = { name: 'Jane' };
  const all = [
    added(book, { author: jane }),
    added(author, jane),
    removed(book, { id: 1, authorId: 7, version: 1 }),
    removed(author, { id: 7, version: 1 }),
    changed(seat, { id: 'A', slot: 1 }, { slot: 2 }),
    removed(seat, { id: 'B', slot: 2 }),
  ];

  const rows = planOf(all).flatMap((batch) => batch.rows.map(({ tracked }) => tracked));

  expect(rows).toHaveLength(all.length);
  expect(new Set(rows)).toEqual(new Set(all));
});

it('inserts two rows that are the parents of each other, and then points one to the other', () => {
  const first: Values = { id: 1 };
  const second: Values = { id: 2, parent: first };
  first['parent'] = second;
  const batches = planOf([added(node, first), added(node, second)]);

  expect(batches.map(({ operation, columns }) => [operation, columns.length])).toEqual([
    ['insert', 2],
    ['insert', 3],
    ['update', 1],
  ]);
  expect(batches.map(({ rows }) => rows[0]?.tracked.entity)).toEqual([first, second, first]);
});

it('plans nothing for nothing', () => {
  expect(planWrites([])).toEqual([]);
});

describe('writes that wait for each other in a circle are refused', () => {
  it.each([2, 3, 6])('where %i rows swap their unique values', (count) => {
    const swapped = Array.from({ length: count }, (_, i) =>
      changed(seat, { id: `S${i}`, slot: i }, { slot: (i + 1) % count }),
    );

    expect(() => planOf(swapped)).toThrow(UsageError);
    expect(() => planOf(swapped)).toThrow(/^these writes wait for each other: update of Seat\(/);
  });

  it('where two new rows need each other', () => {
    const first: Values = { id: 1 };
    const second: Values = { id: 2, parent: first };
    first['parent'] = second;
    const references = node.references.map((one) => ({ ...one, isNullable: false }));
    const needy = { ...node, references };

    expect(() => planOf([added(needy, first), added(needy, second)])).toThrow(
      /^these writes wait for each other: insert of Node\(new\), insert of Node\(new\); /,
    );
  });

  it('naming five rows of many, and none that could be written', () => {
    const swapped = Array.from({ length: 6 }, (_, i) =>
      changed(seat, { id: `S${i}`, slot: i }, { slot: (i + 1) % 6 }),
    );
    const free = changed(author, { id: 1, name: 'x', version: 1 }, { name: 'y' });

    expect(() => planOf([free, ...swapped])).toThrow(/Seat\(\["S4"\]\); swap/);
    expect(() => planOf([free, ...swapped])).not.toThrow(/Author/);
  });
});
