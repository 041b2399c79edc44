import type { TableDescription } from '../../lib/dialect/dialect';
import type { LockedRow } from '../../lib/write-set/lock-plan';
import { fakeModel } from '../unit/model/fake-model';
import { changed, loaded } from '../unit/tracking/fake-tracked';
import { mariadb } from './models';
import { plainText, textOf, textsOf, writeOf } from './statements';

expect.addSnapshotSerializer(plainText);

const entry = fakeModel('Entry', {
  columns: {
    id: { kind: 'integer', isKey: true },
    text: { kind: 'text' },
    sum: { kind: 'decimal' },
    count: { kind: 'integer' },
    at: {},
    row_version: { kind: 'integer', isUpdatable: false },
  },
  version: 'row_version',
});

// MariaDB 10.6 or later says so in the catalog.
const table: TableDescription = { readsJson: true };
const row = (id: number) => ({ id, text: 't', sum: '0', count: 0, at: 'now', row_version: 3 });
const update = (...values: readonly Readonly<Record<string, unknown>>[]) =>
  writeOf(mariadb, table, ...values.map((value, i) => changed(entry, row(i + 1), value)));

it('several rows are locked as one document', () => {
  const rows: LockedRow[] = [7, '8'].map((key) => ({
    key: [key],
    expected: null,
    reason: undefined,
  }));

  expect(textOf(mariadb.lock({ model: entry, strength: 'update', rows }, rows, table, [])))
    .toMatchInlineSnapshot(`
   SELECT x.ord - 1 AS ord, t.\`row_version\` AS version
   FROM JSON_TABLE(?, '$[*]' COLUMNS (ord FOR ORDINALITY, k0 BIGINT PATH '$[0]' ERROR ON ERROR)) x
   STRAIGHT_JOIN \`entry\` t FORCE INDEX (PRIMARY) ON t.\`id\` = x.k0
   FOR UPDATE
   -- "[[7],[\\"8\\"]]"
  `);
});

it('several rows are changed as one document, in which exact numbers are text', () => {
  expect(
    textsOf(
      update({ text: `it's "1"`, sum: '1.10', count: '12' }, { text: 1.5, sum: 2, count: 3 }),
    ),
  ).toMatchInlineSnapshot(`
   UPDATE JSON_TABLE(?, '$[*]' COLUMNS (ord FOR ORDINALITY, k0 BIGINT PATH '$[0]' ERROR ON ERROR, v BIGINT PATH '$[1]' ERROR ON ERROR, c0 LONGTEXT CHARACTER SET utf8mb4 PATH '$[2]' ERROR ON ERROR, c1 DECIMAL(65, 30) PATH '$[3]' ERROR ON ERROR, c2 BIGINT PATH '$[4]' ERROR ON ERROR)) x
   STRAIGHT_JOIN \`entry\` t FORCE INDEX (PRIMARY) ON t.\`id\` = x.k0 AND t.\`row_version\` = x.v
   SET t.\`text\` = x.c0, t.\`sum\` = x.c1, t.\`count\` = x.c2, t.\`row_version\` = t.\`row_version\` + 1
   -- "[[1,3,\\"it's \\\\\\"1\\\\\\"\\",\\"1.10\\",\\"12\\"],[2,3,\\"1.5\\",\\"2\\",3]]"
  `);
});

it('several rows are deleted as one document', () => {
  const rows = [1, 2].map((id) => loaded(entry, row(id), { state: 'removed' }));

  expect(textsOf(writeOf(mariadb, table, ...rows))).toMatchInlineSnapshot(`
   DELETE t FROM JSON_TABLE(?, '$[*]' COLUMNS (ord FOR ORDINALITY, k0 BIGINT PATH '$[0]' ERROR ON ERROR, v BIGINT PATH '$[1]' ERROR ON ERROR)) x
   STRAIGHT_JOIN \`entry\` t FORCE INDEX (PRIMARY) ON t.\`id\` = x.k0 AND t.\`row_version\` = x.v
   -- "[[1,3],[2,3]]"
  `);
});

it.each([
  ['a value of another type', { at: 'then' }],
  ['half a character', { text: '\ud800' }],
  ['a number that is not whole', { count: 1.5 }],
  ['a number of more than 18 digits', { count: '1234567890123456789' }],
  ['a decimal number in another notation', { sum: '1e3' }],
])('%s is sent as a value of its own', (_what, value) => {
  const { statement } = update(value, value);

  expect(statement.sql).not.toContain('JSON_TABLE');
  expect(statement.parameters).toContain(Object.values(value)[0]);
});

it('one row is sent as it is', () => {
  expect(update({ count: 1 }).statement.sql).not.toContain('JSON_TABLE');
});
