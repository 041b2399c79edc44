import * as fc from 'fast-check';
import { compareKeys, keyId, type EntityKey } from '../../../lib/model/entity-key';

const value = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.bigInt(),
  fc.string(),
  fc.bigInt().map(String),
  fc.constantFrom('', '0', '-0', '00', '007', '7.0', '1e3', 'NaN', 'null', 'Ä', 'ä', '\u{1f600}'),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 4 }),
);
/** Three keys of the same table: they have the same number of columns. */
const threeKeys = fc.integer({ min: 1, max: 3 }).chain((length) => {
  const key = fc.array(value, { minLength: length, maxLength: length });
  return fc.tuple(key, key, key);
});

it('gives one key one text, whichever type a driver returns it as', () => {
  const id = keyId([7]);

  expect(keyId(['7'])).toBe(id);
  expect(keyId([7n])).toBe(id);
  expect(keyId([-0])).toBe(keyId([0]));
  expect(keyId([new Date(5)])).toBe(keyId([new Date(5)]));
  expect(keyId([Buffer.from('a')])).toBe(keyId([new Uint8Array([97])]));
});

it('never gives two composite keys one text, whatever separators their values hold', () => {
  expect(keyId(['a,b', 'c'])).not.toBe(keyId(['a', 'b,c']));
  expect(keyId(['a","b'])).not.toBe(keyId(['a', 'b']));
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (left, right) => {
      const isSame = JSON.stringify(left) === JSON.stringify(right);
      expect(keyId(left) === keyId(right)).toBe(isSame);
    }),
  );
});

it('puts whole numbers first and by size, as ORDER BY id does, then text by its code units', () => {
  const shuffled: EntityKey[] = [['b'], [10], ['9'], ['B'], [-3], ['7.0'], [2n ** 70n], ['007']];

  expect(shuffled.toSorted(compareKeys).flat()).toEqual([
    -3,
    '9',
    10,
    2n ** 70n,
    '007',
    '7.0',
    'B',
    'b',
  ]);
});

it('compares the next column where the first ones are equal', () => {
  expect(compareKeys([1, 'b'], [1, 'a'])).toBeGreaterThan(0);
  expect(compareKeys([1, 'b'], ['1', 'b'])).toBe(0);
  expect(compareKeys([1, 'b'], [2, 'a'])).toBeLessThan(0);
});

it('is a total order: one of two keys comes first, and only equal keys tie', () => {
  fc.assert(
    fc.property(threeKeys, ([left, right]) => {
      expect(Math.sign(compareKeys(left, right))).toBe(-Math.sign(compareKeys(right, left)) + 0);
      expect(compareKeys(left, right) === 0).toBe(keyId(left) === keyId(right));
      expect(compareKeys(left, left)).toBe(0);
    }),
    { numRuns: 1_000 },
  );
});

it('is transitive over keys of mixed types', () => {
  fc.assert(
    fc.property(threeKeys, (three) => {
      const [first, second, third] = three.toSorted(compareKeys) as typeof three;

      expect(compareKeys(first, second)).toBeLessThanOrEqual(0);
      expect(compareKeys(second, third)).toBeLessThanOrEqual(0);
      expect(compareKeys(first, third)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 1_000 },
  );
});

it('orders the same rows alike, whatever order they come in and whichever types they have', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer()), (ids) => {
      const asText = ids.map((id) => [String(id)]).toReversed();
      const asNumbers = ids.map((id) => [id]);

      expect(asText.toSorted(compareKeys).map(keyId)).toEqual(
        asNumbers.toSorted(compareKeys).map(keyId),
      );
    }),
  );
});
