import * as fc from 'fast-check';
import { checkKeyValue, checkScalar } from '../../../lib/dialect/check-value';
import { UsageError } from '../../../lib/errors/usage-error';
import type { ColumnKind } from '../../../lib/model/entity-model';
import { columnNamed, fakeModel } from '../model/fake-model';

const model = fakeModel('Reading', {
  columns: {
    integer: { kind: 'integer', isKey: true },
    text: { kind: 'text', isKey: true },
    other: { kind: 'other', isKey: true },
  },
});
const key = (kind: ColumnKind, value: unknown) =>
  checkKeyValue(model, columnNamed(model, kind), value);
const scalar = (value: unknown) => checkScalar(model, columnNamed(model, 'other'), value);

const hostile: readonly unknown[] = [
  [7],
  ['7'],
  [[1, 2]],
  [],
  { id: 7 },
  { toSqlString: () => '7 OR 1=1' },
  { valueOf: () => 7, toString: () => '7' },
  Object(7),
  Object('7'),
  new Map(),
  Symbol('7'),
  () => 7,
  undefined,
];

describe('a key of an integer column', () => {
  it.each<unknown>([7, 0, -0, -7, 7n, 2n ** 64n, '7', '-7', '0', '9007199254740993'])(
    'may be %p',
    (value) => {
      expect(key('integer', value)).toBe(value);
    },
  );

  it.each<unknown>([
    ' 7',
    '7 ',
    '7\n',
    '7.0',
    '7e0',
    '0x7',
    '+7',
    '',
    '-',
    '٧',
    'NaN',
    7.5,
    NaN,
    Infinity,
    2 ** 53,
    true,
    null,
    new Date(7),
    Buffer.from('7'),
    ...hostile,
  ])('is refused as %p', (value) => {
    expect(() => key('integer', value)).toThrow(UsageError);
  });

  it('is a whole number and nothing else, whatever text a client sends', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0 1 7 9 - + . e'.split(' '), ' ', '\n', '\0') }),
        (text) => {
          const isWhole = text.trim() === text && /^-?[0-9]+$/.test(text);

          if (isWhole) expect(key('integer', text)).toBe(text);
          else expect(() => key('integer', text)).toThrow(UsageError);
        },
      ),
    );
  });
});

describe('a key of a text column', () => {
  it('may be any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => key('text', text) === text));
  });

  it.each<unknown>([7, 7n, true, null, new Date(7), Buffer.from('7'), ...hostile])(
    'is refused as %p',
    (value) => {
      expect(() => key('text', value)).toThrow(UsageError);
    },
  );
});

describe('a key of a column of another type', () => {
  it.each<unknown>(['2024-01-01', 7, 7.5, 7n, new Date(7), Buffer.from('7')])(
    'may be %p',
    (value) => {
      expect(key('other', value)).toBe(value);
    },
  );

  it.each<unknown>([true, false, ...hostile])('is refused as %p', (value) => {
    expect(() => key('other', value)).toThrow(UsageError);
  });
});

describe('a value of one column', () => {
  it.each<unknown>(['x', '', 7, 7n, true, null, new Date(7), new Uint8Array(2)])(
    'may be %p',
    (value) => {
      expect(scalar(value)).toBe(value);
    },
  );

  it.each(hostile)('is refused as %p', (value) => {
    expect(() => scalar(value)).toThrow(UsageError);
  });
});

it('names the property and the shape, and never the value', () => {
  expect(() => key('integer', ['secret'])).toThrow(
    'Reading.integer is part of a key and holds a list where its column is integer',
  );
  expect(() => key('text', 5n)).toThrow(
    'Reading.text is part of a key and holds a value of type bigint where its column is text',
  );
  expect(() => key('other', true)).toThrow(
    'Reading.other is part of a key and holds a value of type boolean where its column is of another type',
  );
  expect(() => key('integer', null)).toThrow(
    'Reading.integer is part of a key and holds null where its column is integer',
  );
  expect(() => scalar({ secret: 1 })).toThrow(
    'Reading.other holds a value of type object, which is no value of one column',
  );
});
