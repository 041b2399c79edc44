import { MappingError } from '../../../lib/errors/mapping-error';
import { UsageError } from '../../../lib/errors/usage-error';
import { assertionOf, collectChanges } from '../../../lib/write-set/collect-changes';
import type { TrackedEntity } from '../../../lib/tracking/tracked-entity';
import { fakeModel } from '../model/fake-model';
import { added, changed, loaded, mapOf, removed } from '../tracking/fake-tracked';
import { author, book, seat } from './library';

/** The writes as a reader would note them: operation, expected version, columns. */
function writesOf(...all: readonly TrackedEntity[]): unknown[] {
  return collectChanges(mapOf(all)).writes.map((write) => ({
    operation: write.operation,
    ...(write.operation !== 'insert' && { key: write.key, expected: write.expected }),
    ...(write.operation !== 'delete' && { columns: write.columns.map((c) => c.propertyPath) }),
  }));
}

it('writes nothing where nothing changed', () => {
  expect(collectChanges(mapOf([loaded(author, { id: 1, name: 'Jane', version: 3 })]))).toEqual({
    writes: [],
    assertions: [],
    unreadRoots: [],
  });
});

it('updates the columns that changed, expecting the version that was loaded', () => {
  const tracked = changed(author, { id: 1, name: 'Jane', version: 3 }, { name: 'J.' });

  expect(writesOf(tracked)).toEqual([
    { operation: 'update', key: [1], expected: 3, columns: ['name'] },
  ]);
  expect(collectChanges(mapOf([tracked])).writes).toMatchObject([{ values: ['J.'] }]);
});

it('expects no version where only unversioned columns changed', () => {
  const before = { id: 1, name: 'Jane', hits: 1, version: 3 };

  expect(writesOf(changed(author, { ...before }, { hits: 2 }))).toMatchObject([{ expected: null }]);
  expect(writesOf(changed(author, { ...before }, { hits: 2, name: 'J.' }))).toMatchObject([
    { expected: 3, columns: ['name', 'hits'] },
  ]);
});

it('moves a version though no column changed, if that is forced', () => {
  const forced = loaded(author, { id: 1, version: 3 }, { forcesIncrement: true });
  const unversioned = changed(author, { id: 2, hits: 1, version: 4 }, { hits: 2 });
  unversioned.forcesIncrement = true;

  expect(writesOf(forced, unversioned)).toEqual([
    { operation: 'update', key: [1], expected: 3, columns: [] },
    { operation: 'update', key: [2], expected: 4, columns: ['hits'] },
  ]);
});

it('deletes what was removed, by its version or, without one, by its key alone', () => {
  expect(writesOf(removed(author, { id: 1, version: 3 }), removed(seat, { id: 'A' }))).toEqual([
    { operation: 'delete', key: [1], expected: 3 },
    { operation: 'delete', key: ['A'], expected: null },
  ]);
});

it('asserts a version that came from outside, unless a write compares it anyway', () => {
  const read = loaded(author, { id: 1, version: 3 }, { assertion: 'expect-version' });
  const written = changed(author, { id: 2, name: 'Jane', version: 4 }, { name: 'J.' });
  written.assertion = 'expect-version';

  const { writes, assertions } = collectChanges(mapOf([read, written]));

  expect(assertions).toEqual([
    { operation: 'expect-version', strength: 'share', tracked: read, key: [1], expected: 3 },
  ]);
  expect(writes).toMatchObject([{ key: [2], expected: 4 }]);
});

it('asserts a row without version by its existence', () => {
  expect(assertionOf(loaded(seat, { id: 'A' }), 'lock', 'update')).toMatchObject({
    key: ['A'],
    expected: null,
    strength: 'update',
  });
});

describe('an insert', () => {
  it('names the columns that have a value, and always the version', () => {
    expect(writesOf(added(author, { name: 'Jane' }))).toEqual([
      { operation: 'insert', columns: ['name', 'version'] },
    ]);
  });

  it('takes null, 0, false and the empty text for values, but not for a generated key', () => {
    expect(writesOf(added(author, { id: null, name: null, hits: 0 }))).toEqual([
      { operation: 'insert', columns: ['name', 'hits', 'version'] },
    ]);
    expect(writesOf(added(seat, { id: '', slot: 0, guest: false }))).toEqual([
      { operation: 'insert', columns: ['id', 'slot', 'guest'] },
    ]);
  });

  it('names a given key, a constant and what the client generates', () => {
    const model = fakeModel('Savings', {
      columns: {
        id: { isKey: true, generate: () => 'made' },
        type: { constant: 'savings' },
        computed: { isInsertable: false },
      },
    });

    expect(writesOf(added(model, { computed: 5 }))).toEqual([
      { operation: 'insert', columns: ['id', 'type'] },
    ]);
    expect(writesOf(added(author, { id: 7 }))).toMatchObject([{ columns: ['id', 'version'] }]);
  });

  it('names the foreign key to a parent that is not inserted yet', () => {
    expect(writesOf(added(book, { author: {} }))).toMatchObject([
      { columns: ['authorId', 'version'] },
    ]);
    expect(writesOf(added(book, { author: null }))).toMatchObject([
      { columns: ['authorId', 'version'] },
    ]);
    expect(writesOf(added(book, {}))).toMatchObject([{ columns: ['version'] }]);
  });

  it('is refused without a key that nobody generates', () => {
    const collect = () => collectChanges(mapOf([added(seat, { slot: 1 })]));

    expect(collect).toThrow(UsageError);
    expect(collect).toThrow(/^a new Seat has no id: its key is not generated/);
  });
});

describe('a write that cannot be written as it stands', () => {
  const view = fakeModel('Report', {
    columns: { id: { isKey: true }, sum: {} },
    readOnlyReason: 'it is a view',
  });

  it.each([
    ['changed', changed(view, { id: 1, sum: 1 }, { sum: 2 })],
    ['new', added(view, { id: 1 })],
    ['removed', removed(view, { id: 1 })],
  ])('is refused for a %s entity of a model that is read-only', (_name, tracked) => {
    expect(() => collectChanges(mapOf([tracked]))).toThrow(
      new MappingError('Report cannot be written: it is a view'),
    );
  });

  it('is refused for a row that was read without its version, and only if it changed', () => {
    const partial = changed(author, { id: 1, name: 'Jane', version: 3 }, { name: 'J.' });
    partial.readOnlyReason = 'it was loaded without its row version';
    const untouched = loaded(author, { id: 2 }, { readOnlyReason: 'x' });

    expect(() => collectChanges(mapOf([untouched]))).not.toThrow();
    expect(() => collectChanges(mapOf([partial]))).toThrow(
      new UsageError('Author(["1"]) cannot be written: it was loaded without its row version'),
    );
  });

  it('is refused where two instances of one row changed', () => {
    const first = changed(author, { id: 1, name: 'Jane', version: 3 }, { name: 'J.' });
    const second = removed(author, { id: '1', version: 3 });

    expect(() => collectChanges(mapOf([first, second]))).toThrow(
      /^two instances of Author\(\["1"\]\)/,
    );
    expect(() =>
      collectChanges(mapOf([first, loaded(author, { id: 1, version: 3 })])),
    ).not.toThrow();
  });

  it('is refused for an entity that was tracked without a key', () => {
    const keyless = { ...removed(author, { version: 3 }), key: undefined };

    expect(() => collectChanges(mapOf([keyless]))).toThrow(MappingError);
  });
});
