import { columnNamed } from '../unit/model/fake-model';
import { describeTable, mariadb, mysql, postgres, reading } from './models';
import { plainText, textOf } from './statements';

expect.addSnapshotSerializer(plainText);

const columns = ['amount', 'row_version'].map((name) => columnNamed(reading, name));
const keys = [
  ['b', '10'],
  ['a', 9n],
];

it('postgres reads columns of the rows that exist', () => {
  expect(textOf(postgres.read(reading, columns, keys, describeTable(postgres, reading))))
    .toMatchInlineSnapshot(`
   SELECT (x.ord - 1)::int AS ord, t."amount" AS c0, t."row_version" AS c1
   FROM unnest($1::character varying[], $2::bigint[]) WITH ORDINALITY AS x(k0, k1, ord)
   JOIN "lab"."reading" AS t ON t."sensor" = x.k0 AND t."sensor"::text COLLATE "C" = x.k0::text COLLATE "C" AND t."tick" = x.k1
   -- ["b", "a"], ["10", 9n]
  `);
});

it('mysql reads columns of the rows that exist', () => {
  expect(textOf(mysql.read(reading, columns, keys, {}))).toMatchInlineSnapshot(`
   SELECT x.ord AS ord, t.\`amount\` AS c0, t.\`row_version\` AS c1
   FROM (SELECT ? AS k0, ? AS k1, 0 AS ord UNION ALL SELECT ?, ?, 1) x
   STRAIGHT_JOIN \`lab\`.\`reading\` t FORCE INDEX (PRIMARY) ON t.\`sensor\` = x.k0 AND CAST(CONVERT(t.\`sensor\` USING utf8mb4) AS BINARY) = CAST(CONVERT(x.k0 USING utf8mb4) AS BINARY) AND t.\`tick\` = x.k1
   -- "b", 10n, "a", 9n
  `);
});

it('mariadb reads as mysql does', () => {
  expect(mariadb.read(reading, columns, keys, {})).toEqual(mysql.read(reading, columns, keys, {}));
});

it('postgres asks its catalog for the columns of a table', () => {
  expect(postgres.describeTable(reading).parameters).toEqual(['"lab"."reading"']);
});

it('mysql asks its catalog for the engine of a table, here or in the schema named', () => {
  expect(mysql.describeTable(reading).parameters).toEqual(['lab', 'reading']);
  expect(mysql.describeTable({ ...reading, tablePath: ['reading'] }).parameters).toEqual([
    null,
    'reading',
  ]);
});
