import { dialectOf } from '../../../lib/dialect/dialects';
import { UsageError } from '../../../lib/errors/usage-error';

it.each([
  ['postgres', false, 'postgres'],
  ['postgres', true, 'postgres'],
  ['mysql', false, 'mysql'],
  ['mariadb', false, 'mysql'],
  ['mariadb', true, 'mariadb'],
])('takes %s, with RETURNING: %p, for %s', (type, returnsInserted, name) => {
  expect(dialectOf(type, returnsInserted).name).toBe(name);
});

it.each(['sqlite', 'cockroachdb', 'aurora-mysql', 'Postgres', ''])('refuses %p', (type) => {
  expect(() => dialectOf(type, true)).toThrow(UsageError);
});
