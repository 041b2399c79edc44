import type { ColumnModel } from '../../../lib/model/entity-model';
import type { TrackedEntity } from '../../../lib/tracking/tracked-entity';
import { collectChanges } from '../../../lib/write-set/collect-changes';
import { findDependencies } from '../../../lib/write-set/dependencies';
import { columnNamed, fakeModel } from '../model/fake-model';
import { added, changed, mapOf, removed } from '../tracking/fake-tracked';
import { author, book, node, seat } from './library';

/** Who waits for whom, as positions in the list: `[after, before]`. */
function waitsOf(...all: readonly TrackedEntity[]): number[][] {
  const { writes } = collectChanges(mapOf(all));
  const position = (tracked: TrackedEntity) => all.indexOf(tracked);
  return [...findDependencies(writes)].flatMap(([after, before]) =>
    [...before].map((write) => [position(after.tracked), position(write.tracked)]),
  );
}

describe('parents are inserted first', () => {
  it('where a new child holds its new parent', () => {
    const jane = { name: 'Jane' };

    expect(waitsOf(added(book, { author: jane }), added(author, jane))).toEqual([[0, 1]]);
  });

  it('where a new child holds the key that its new parent was given', () => {
    expect(waitsOf(added(book, { authorId: '7' }), added(author, { id: 7 }))).toEqual([[0, 1]]);
  });

  it('where a loaded child is pointed to a new parent', () => {
    const jane = { name: 'Jane' };

    expect(
      waitsOf(
        changed(book, { id: 1, authorId: 1, version: 1 }, { author: jane }),
        added(author, jane),
      ),
    ).toEqual([[0, 1]]);
  });

  it('and nobody waits for parents that exist or are not named', () => {
    expect(
      waitsOf(
        added(author, { name: 'Jane' }),
        added(book, { authorId: 5 }),
        added(book, { author: null }),
        changed(author, { id: 6, name: 'A', version: 1 }, { name: 'B' }),
        added(book, { authorId: 6 }),
      ),
    ).toEqual([]);
  });

  it('within one table', () => {
    const root = { id: 1, parent: null };

    expect(waitsOf(added(node, { id: 2, parent: root }), added(node, root))).toEqual([[0, 1]]);
  });

  it('and a row that points to itself does not wait', () => {
    const self: Record<string, unknown> = { id: 1 };
    self['parent'] = self;

    expect(waitsOf(added(node, self))).toEqual([]);
    expect(waitsOf(removed(node, { id: 1, parentId: 1, version: 1 }))).toEqual([]);
  });
});

describe('children go first', () => {
  it('where both are deleted', () => {
    expect(
      waitsOf(
        removed(author, { id: 7, version: 1 }),
        removed(book, { id: 1, authorId: '7', version: 1 }),
      ),
    ).toEqual([[0, 1]]);
  });

  it('where a child is pointed elsewhere', () => {
    expect(
      waitsOf(
        removed(author, { id: 7, version: 1 }),
        changed(book, { id: 1, authorId: 7, version: 1 }, { authorId: 8 }),
      ),
    ).toEqual([[0, 1]]);
  });

  it('but nobody waits for a child whose foreign key is not known: the flush reads it first', () => {
    expect(
      waitsOf(removed(author, { id: 7, version: 1 }), removed(book, { id: 1, version: 1 })),
    ).toEqual([]);
  });

  it('and nobody waits for children of other parents', () => {
    expect(
      waitsOf(
        removed(author, { id: 7, version: 1 }),
        removed(book, { id: 1, authorId: 8, version: 1 }),
        removed(book, { id: 2, authorId: null, version: 1 }),
      ),
    ).toEqual([]);
  });
});

describe('a unique value is freed first', () => {
  it('by an update, a delete or both in a chain', () => {
    expect(
      waitsOf(
        added(seat, { id: 'A', slot: 3 }),
        changed(seat, { id: 'B', slot: 3 }, { slot: '4' }),
        removed(seat, { id: 'C', slot: 4 }),
      ),
    ).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it('by the row whose key a new one takes', () => {
    expect(waitsOf(added(seat, { id: 'A' }), removed(seat, { id: 'A', slot: 1 }))).toEqual([
      [0, 1],
    ]);
  });

  it('and NULL is no value that is freed or taken', () => {
    expect(
      waitsOf(
        changed(seat, { id: 'A', slot: null }, { slot: 1 }),
        changed(seat, { id: 'B', slot: 2 }, { slot: null }),
        added(seat, { id: 'C', slot: null }),
      ),
    ).toEqual([]);
  });

  it('and the text null is a value like any other', () => {
    expect(
      waitsOf(
        changed(seat, { id: 'A', slot: 'null' }, { slot: 'x' }),
        changed(seat, { id: 'B', slot: 'y' }, { slot: null }),
      ),
    ).toEqual([]);
  });

  it('and a value that stays is neither', () => {
    expect(
      waitsOf(
        changed(seat, { id: 'A', slot: 1, guest: 'x' }, { guest: 'y' }),
        changed(seat, { id: 'B', slot: 2, guest: 'x' }, { guest: 'y' }),
      ),
    ).toEqual([]);
  });

  it('only among the rows that a predicate picks', () => {
    const columns = { id: { isKey: true }, slot: {}, active: {} };
    const plain = fakeModel('Seat', { columns, uniques: [['slot']] });
    const [slot, active] = [columnNamed(plain, 'slot'), columnNamed(plain, 'active')];
    const model = {
      ...plain,
      uniques: [
        {
          name: 'one active per slot',
          columns: [slot],
          watched: [slot, active],
          isPartial: true,
          includes: (valueOf: (column: ColumnModel) => unknown) => valueOf(active) === true,
        },
      ],
    };

    expect(
      waitsOf(
        added(model, { id: 'A', slot: 1, active: true }),
        changed(model, { id: 'B', slot: 1, active: true }, { active: false }),
        added(model, { id: 'C', slot: 1, active: false }),
      ),
    ).toEqual([[0, 1]]);
  });
});
