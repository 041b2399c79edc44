import * as fc from 'fast-check';
import { firstVersion, isRowVersion } from '../../../lib/model/row-version';

it('takes the version of a new row and every later one for a row version', () => {
  expect(isRowVersion(firstVersion)).toBe(true);
  fc.assert(fc.property(fc.maxSafeNat(), (version) => isRowVersion(version)));
});

it.each<unknown>([
  '7',
  ' 7',
  7.5,
  -1,
  NaN,
  Infinity,
  Number.MAX_SAFE_INTEGER + 1,
  7n,
  [7],
  { valueOf: () => 7 },
  new Date(7),
  true,
  null,
  undefined,
])('takes %p for no row version', (value) => {
  expect(isRowVersion(value)).toBe(false);
});
