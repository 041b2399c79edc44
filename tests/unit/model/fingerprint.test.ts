import * as fc from 'fast-check';
import { fingerprint, sameFingerprint } from '../../../lib/model/fingerprint';

const isSame = (left: unknown, right: unknown) =>
  sameFingerprint(fingerprint(left), fingerprint(right));

it('sees that a date, bytes, a list or an object was changed in place', () => {
  const date = new Date(1_000);
  const bytes = Buffer.from([1, 2, 3]);
  const list = ['a', 'b'];
  const json = { deep: { list: [1] } };
  const before = [date, bytes, list, json].map(fingerprint);

  date.setTime(1_001);
  bytes[0] = 9;
  list.push('c');
  json.deep.list.push(2);

  const changed = [date, bytes, list, json].map(
    (value, i) => !sameFingerprint(fingerprint(value), before[i]),
  );
  expect(changed).toEqual([true, true, true, true]);
});

it('keeps nothing but primitives', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.date(), fc.uint8Array()), (value) => {
      expect(Object(fingerprint(value))).not.toBe(fingerprint(value));
    }),
  );
});

it('finds a copy of any stored value unchanged', () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.date(),
    fc.uint8Array(),
    fc.bigInt(),
    fc.double(),
    fc.constantFrom(undefined, null),
  );

  fc.assert(fc.property(fc.clone(value, 2), ([value, copy]) => isSame(value, copy)));
});

it('finds a number and its text the same, because drivers return bigint as text', () => {
  expect(isSame(7, '7')).toBe(true);
  expect(isSame('9007199254740993', 9007199254740993n)).toBe(true);
  fc.assert(fc.property(fc.bigInt(), (number) => isSame(number, String(number))));
});

it('finds 0 and -0 the same, and NaN the same as itself', () => {
  expect(isSame(0, -0)).toBe(true);
  expect(isSame(-0, '0')).toBe(true);
  expect(isSame(NaN, NaN)).toBe(true);
  expect(isSame(new Date(NaN), new Date(NaN))).toBe(true);
});

it.each<[unknown, unknown]>([
  [null, undefined],
  [null, 0],
  [null, ''],
  [null, false],
  [null, 'null'],
  [undefined, ''],
  [0, ''],
  [0, false],
  ['', false],
  [1, true],
  [7, '7.0'],
  [7, ' 7'],
  ['a', 'A'],
  ['a', 'a '],
  [[1], [1, 2]],
  [{ a: 1 }, { a: '1' }],
  [new Uint8Array([1]), new Uint8Array([1, 0])],
])('tells %p from %p, both ways', (left, right) => {
  expect(isSame(left, right)).toBe(false);
  expect(isSame(right, left)).toBe(false);
});
