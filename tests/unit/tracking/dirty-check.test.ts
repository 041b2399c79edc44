import { UsageError } from '../../../lib/errors/usage-error';
import type { EntityModel } from '../../../lib/model/entity-model';
import { findChanged } from '../../../lib/tracking/dirty-check';
import { fakeModel } from '../model/fake-model';
import { changed, loaded } from './fake-tracked';

const author = fakeModel('Author', { columns: { id: { isKey: true } } });
const book: EntityModel = fakeModel('Book', {
  columns: {
    id: { isKey: true },
    title: {},
    pages: {},
    printed: {},
    authorId: {},
    slug: { isUpdatable: false },
    version: {},
  },
  version: 'version',
  references: [{ path: 'author', columns: ['authorId'], target: () => author }],
});

type Values = Record<string, unknown>;

/** The changed columns of a book, by name, after something was assigned to it. */
function changesOf(before: Values, assigned: Values): Values {
  const tracked = changed(book, { id: 7, version: 3, ...before }, assigned);
  return Object.fromEntries(
    findChanged(tracked).columns.map(({ propertyPath }, i) => [
      propertyPath,
      findChanged(tracked).values[i],
    ]),
  );
}

it('finds nothing in an entity that was not touched', () => {
  const values = { id: 7, version: 3, title: 'Emma', pages: null, printed: new Date(5) };

  expect(findChanged(loaded(book, values)).columns).toEqual([]);
});

it('finds what was assigned, with the value to be sent', () => {
  expect(changesOf({ title: 'Emma', pages: 10 }, { title: 'Emma II' })).toEqual({
    title: 'Emma II',
  });
});

it.each([
  ['null', 5, null],
  ['0', 5, 0],
  ['the empty text', 'x', ''],
  ['false', true, false],
  ['0 where null was', null, 0],
])('takes %s for a value', (_name, before, after) => {
  expect(changesOf({ pages: before }, { pages: after })).toEqual({ pages: after });
});

it('finds a value that was changed in place', () => {
  const printed = new Date(5);
  const tracked = loaded(book, { id: 7, version: 3, printed });

  printed.setTime(6);

  expect(findChanged(tracked).columns).toMatchObject([{ propertyPath: 'printed' }]);
});

it('finds no change where the value is assigned back or is the same in another type', () => {
  expect(changesOf({ pages: 7 }, { pages: 7 })).toEqual({});
  expect(changesOf({ pages: '7' }, { pages: 7 })).toEqual({});
  expect(changesOf({ printed: new Date(5) }, { printed: new Date(5) })).toEqual({});
});

it('leaves alone what was not loaded, and finds what was set though it was not loaded', () => {
  expect(changesOf({}, {})).toEqual({});
  expect(changesOf({}, { title: 'Emma' })).toEqual({ title: 'Emma' });
  expect(changesOf({ title: 'Emma' }, { title: undefined })).toEqual({});
});

it('leaves alone columns that an update may not write', () => {
  expect(changesOf({ slug: 'emma' }, { slug: 'other' })).toEqual({});
});

it('finds a foreign key through the related object', () => {
  expect(changesOf({ authorId: 1 }, { author: { id: 2 } })).toEqual({ authorId: 2 });
  expect(changesOf({ authorId: 1 }, { author: { id: 1 } })).toEqual({});
  expect(changesOf({ authorId: 1 }, { author: null })).toEqual({ authorId: null });
});

it('finds a foreign key to an object whose own key is still missing', () => {
  expect(changesOf({ authorId: 1 }, { author: {} })).toStrictEqual({ authorId: undefined });
  expect(changesOf({}, { author: {} })).toStrictEqual({ authorId: undefined });
});

it('refuses a changed key, naming the row that it was loaded as', () => {
  const change = () => changesOf({}, { id: 8 });

  expect(change).toThrow(UsageError);
  expect(change).toThrow(/^the key of Book\(\["7"\]\) was changed: id identifies the row; /);
});

it.each([4, 2, '4', null])('refuses a row version of %p, naming expectVersion', (version) => {
  const change = () => changesOf({}, { version });

  expect(change).toThrow(UsageError);
  expect(change).toThrow(/^the row version of Book\(\["7"\]\) was assigned: .* expectVersion/);
});

it('takes the loaded version for no assignment', () => {
  expect(changesOf({}, { version: 3 })).toEqual({});
});
