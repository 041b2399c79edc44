import type { EntityModel } from '../../../lib/model/entity-model';
import { fakeModel } from '../model/fake-model';

/** Models whose tables point to each other: a book to its author, a node to its parent. */
export const author = fakeModel('Author', {
  columns: {
    id: { kind: 'integer', isKey: true, isIncrement: true, isFilledOnInsert: true },
    name: {},
    hits: { isUnversioned: true },
    changedAt: { isFilledOnUpdate: true, isUpdatable: false },
    version: { isUpdatable: false },
  },
  version: 'version',
});

export const book = fakeModel('Book', {
  columns: {
    id: { kind: 'integer', isKey: true, isIncrement: true, isFilledOnInsert: true },
    title: {},
    authorId: {},
    version: { isUpdatable: false },
  },
  version: 'version',
  references: [{ path: 'author', columns: ['authorId'], target: () => author }],
});

export const node: EntityModel = fakeModel('Node', {
  columns: { id: { isKey: true }, parentId: {}, version: { isUpdatable: false } },
  version: 'version',
  references: [{ path: 'parent', columns: ['parentId'], target: () => node }],
});

/** Rows of it have a natural key, a unique slot, and no row version. */
export const seat = fakeModel('Seat', {
  columns: { id: { isKey: true }, slot: {}, guest: {} },
  uniques: [['id'], ['slot']],
});
