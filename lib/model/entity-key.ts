import { fingerprint } from './fingerprint';

/** The primary-key values of a row, in the order of the key's columns. */
export type EntityKey = readonly unknown[];

/**
 * Canonical text of a key, for maps, sets and messages.
 *
 * Drivers disagree on types (node-postgres returns `bigint` as string), so 7, 7n and "7" are one key.
 */
export function keyId(key: EntityKey): string {
  const [only] = key;
  // Of the same form as below, without the detours: most keys are one whole number.
  if (key.length === 1 && typeof only === 'number') return `["${only}"]`;
  return JSON.stringify(key.map((value) => String(fingerprint(value))));
}

/**
 * A total order of keys that every process agrees on: the order in which rows are locked.
 *
 * Whole numbers come first, by size, because that is how a hand-written `ORDER BY id FOR UPDATE`
 * would take them; everything else follows in the order of its code units.
 */
export function compareKeys(left: EntityKey, right: EntityKey): number {
  const [one] = left;
  const [other] = right;
  const isPlain = left.length === 1 && Number.isSafeInteger(one) && Number.isSafeInteger(other);
  if (isPlain) return Number(one) - Number(other);
  for (let index = 0; index < left.length; index++) {
    const order = compareValues(
      String(fingerprint(left[index])),
      String(fingerprint(right[index])),
    );
    if (order !== 0) return order;
  }
  return 0;
}

const wholeNumber = /^(?:0|-?[1-9]\d*)$/;

function compareValues(left: string, right: string): number {
  if (left === right) return 0;
  const leftIsNumber = wholeNumber.test(left);
  if (leftIsNumber !== wholeNumber.test(right)) return leftIsNumber ? -1 : 1;
  if (leftIsNumber) return BigInt(left) < BigInt(right) ? -1 : 1;
  return left < right ? -1 : 1;
}
