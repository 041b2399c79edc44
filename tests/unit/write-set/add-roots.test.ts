import type { EntityModel } from '../../../lib/model/entity-model';
import type { TrackedEntity } from '../../../lib/tracking/tracked-entity';
import { collectChanges } from '../../../lib/write-set/collect-changes';
import { fakeModel } from '../model/fake-model';
import { added, changed, loaded, mapOf, removed } from '../tracking/fake-tracked';

/** A customer has orders, an order has lines and, without a version, notes, which have marks. */
const customer = fakeModel('Customer', {
  columns: { id: { isKey: true }, version: { isUpdatable: false } },
  version: 'version',
});
const order = fakeModel('Order', {
  columns: {
    id: { isKey: true },
    status: {},
    views: { isUnversioned: true },
    customerId: {},
    version: { isUpdatable: false },
  },
  version: 'version',
  references: [
    { path: 'customer', columns: ['customerId'], target: () => customer, guard: 'check' },
  ],
});
const line = fakeModel('Line', {
  columns: { id: { isKey: true }, amount: {}, clicks: { isUnversioned: true }, orderId: {} },
  references: [
    {
      path: 'order',
      columns: ['orderId'],
      target: () => order,
      guard: 'check',
      isNullable: false,
    },
  ],
});
const note: EntityModel = fakeModel('Note', {
  columns: { id: { isKey: true }, orderId: {} },
  references: [{ path: 'order', columns: ['orderId'], target: () => order, guard: 'check' }],
});
const mark = fakeModel('Mark', {
  columns: { id: { isKey: true }, text: {}, noteId: {} },
  references: [{ path: 'note', columns: ['noteId'], target: () => note, guard: 'check' }],
});
const remark = fakeModel('Remark', {
  columns: { id: { isKey: true }, text: {}, orderId: {} },
  references: [{ path: 'order', columns: ['orderId'], target: () => order, guard: 'move' }],
});

const theCustomer = () => loaded(customer, { id: 1, version: 5 });
const theOrder = () =>
  loaded(order, { id: 2, status: 'open', views: 0, customerId: 1, version: 3 });

/** The writes as text: what is done to which row, and whether its version is compared and moved. */
function writesOf(...all: readonly TrackedEntity[]): string[] {
  return collectChanges(mapOf(all)).writes.map((write) => {
    const { model, key, entity } = write.tracked;
    const id = String(key?.[0] ?? (entity as { id: unknown }).id);
    const row = `${write.operation} ${model.entityName} ${id}`;
    if (write.operation !== 'update') return row;
    const checked = write.expected === null ? '' : ` at ${write.expected}`;
    return `${row}${checked}${write.moves ? ', moved' : ''}`;
  });
}

it.each<[string, TrackedEntity, string]>([
  ['added', added(line, { id: 7, orderId: 2 }), 'insert Line 7'],
  ['changed', changed(line, { id: 7, amount: 1, orderId: 2 }, { amount: 2 }), 'update Line 7'],
  ['removed', removed(line, { id: 7, orderId: 2 }), 'delete Line 7'],
])('checks and moves every root above a part that is %s', (_, part, written) => {
  expect(writesOf(theCustomer(), theOrder(), part)).toEqual([
    written,
    'update Order 2 at 3, moved',
    'update Customer 1 at 5, moved',
  ]);
});

it('moves a root once for many parts, and for its own change', () => {
  const root = changed(
    order,
    { id: 2, status: 'open', customerId: 1, version: 3 },
    { status: 'paid' },
  );
  const parts = [7, 8, 9].map((id) => added(line, { id, orderId: 2 }));

  expect(writesOf(theCustomer(), root, ...parts)).toEqual([
    'update Order 2 at 3, moved',
    'insert Line 7',
    'insert Line 8',
    'insert Line 9',
    'update Customer 1 at 5, moved',
  ]);
});

it('checks a root of which only unversioned columns changed, and its own root with it', () => {
  const root = changed(order, { id: 2, views: 0, customerId: 1, version: 3 }, { views: 1 });

  expect(writesOf(theCustomer(), root)).toEqual(['update Order 2']);
  expect(writesOf(theCustomer(), root, added(line, { id: 7, orderId: 2 }))).toEqual([
    'update Order 2 at 3, moved',
    'insert Line 7',
    'update Customer 1 at 5, moved',
  ]);
});

it('passes the move on through a root without a version', () => {
  const theNote = loaded(note, { id: 4, orderId: 2 });

  expect(writesOf(theCustomer(), theOrder(), theNote, added(mark, { id: 7, noteId: 4 }))).toEqual([
    'insert Mark 7',
    'update Order 2 at 3, moved',
    'update Customer 1 at 5, moved',
  ]);
});

it('moves no root for unversioned columns, for a new root, or for one that is removed', () => {
  const clicked = changed(line, { id: 7, clicks: 1, orderId: 2 }, { clicks: 2 });
  const fresh = added(order, { id: 2, customerId: null });
  const gone = removed(order, { id: 2, customerId: 1, version: 3 });

  expect(writesOf(theOrder(), clicked)).toEqual(['update Line 7']);
  expect(writesOf(fresh, added(line, { id: 7, order: fresh.entity }))).toEqual([
    'insert Order 2',
    'insert Line 7',
  ]);
  expect(writesOf(theCustomer(), gone, removed(line, { id: 7, orderId: 2 }))).toEqual([
    'delete Order 2',
    'delete Line 7',
    'update Customer 1 at 5, moved',
  ]);
});

it('moves a root no more that the unit has moved already', () => {
  const moved = loaded(order, { id: 2, customerId: 1, version: 4 }, { hasMoved: true });

  expect(writesOf(theCustomer(), moved, added(line, { id: 7, orderId: 2 }))).toEqual([
    'insert Line 7',
  ]);
});

it('moves without a check what was not read, and asks where that points to', () => {
  const map = mapOf([added(line, { id: 7, orderId: 2 })]);

  const { writes, unreadRoots } = collectChanges(map);

  expect(writes[1]).toMatchObject({ key: [2], expected: null, moves: true, columns: [] });
  expect(unreadRoots).toEqual([writes[1]?.tracked]);
  expect(collectChanges(map).writes[1]?.tracked).toBe(writes[1]?.tracked);
});

it("moves the root of a part with guard: 'move' and compares nothing", () => {
  const part = changed(remark, { id: 7, text: 'a', orderId: 2 }, { text: 'b' });

  expect(writesOf(theCustomer(), theOrder(), part)).toEqual([
    'update Remark 7',
    'update Order 2, moved',
    'update Customer 1 at 5, moved',
  ]);
});

it('moves both roots of a part that goes from one to the other', () => {
  const other = loaded(order, { id: 9, customerId: null, version: 1 });
  const part = changed(line, { id: 7, orderId: 2 }, { orderId: 9 });

  expect(writesOf(theCustomer(), theOrder(), other, part)).toEqual([
    'update Line 7',
    'update Order 2 at 3, moved',
    'update Order 9 at 1, moved',
    'update Customer 1 at 5, moved',
  ]);
});

it.each<[string, readonly TrackedEntity[], RegExp]>([
  [
    'was not read',
    [changed(line, { id: 7, amount: 1, orderId: 2 }, { amount: 2 })],
    /^Line\(\["7"\]\) is a part of Order\(\["2"\]\), which the unit has not read: load the Order first/,
  ],
  [
    'was read after it',
    [
      theCustomer(),
      loaded(order, { id: 2, version: 3 }, { readAt: at(2) }),
      { ...changed(line, { id: 7, amount: 1, orderId: 2 }, { amount: 2 }), seenAt: at(1) },
    ],
    /which the unit has read after it/,
  ],
  [
    'is not known',
    [theOrder(), changed(line, { id: 7, amount: 1 }, { amount: 2 })],
    /^Line\(\["7"\]\) was loaded without order, so its Order is not known/,
  ],
  [
    'is not set although it must be',
    [added(line, { id: 7, orderId: null })],
    /^a Line needs its order: it is a part of Order, and the relation is not nullable$/,
  ],
])('refuses a part whose root %s', (_, all, message) => {
  expect(() => collectChanges(mapOf(all))).toThrow(message);
});

it('leaves a part alone that belongs to no root', () => {
  const free = changed(remark, { id: 7, text: 'a', orderId: null }, { text: 'b' });

  expect(writesOf(free, added(remark, { id: 8, orderId: null }))).toEqual([
    'update Remark 7',
    'insert Remark 8',
  ]);
});

function at(statement: number) {
  return { first: statement, last: statement, isOneStatement: true };
}
