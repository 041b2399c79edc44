import type { Dialect } from '../../lib/dialect/dialect';
import type { EntityModel } from '../../lib/model/entity-model';
import type { LockStrength } from '../../lib/write-set/change';
import type { LockedRow } from '../../lib/write-set/lock-plan';
import { describeTable, mariadb, mysql, note, postgres, reading } from './models';
import { plainText, textOf } from './statements';

expect.addSnapshotSerializer(plainText);

function lock(
  dialect: Dialect,
  model: EntityModel,
  strength: LockStrength,
  ...keys: readonly (readonly unknown[])[]
): string {
  const rows: LockedRow[] = keys.map((key) => ({ key, expected: null, reason: undefined }));
  return textOf(dialect.lock({ model, strength, rows }, rows, describeTable(dialect, model), []));
}

const strengths: readonly LockStrength[] = ['key-share', 'share', 'update', 'delete'];
/** The clause at the end of the statement, for each strength. */
const clausesOf = (dialect: Dialect) =>
  strengths.map((strength) => {
    const [text = ''] = lock(dialect, note, strength, [7]).split('\n--');
    return /(?:FOR|LOCK IN) .*$/.exec(text)?.[0];
  });

it('postgres locks rows in the order given and answers the version of each', () => {
  expect(lock(postgres, reading, 'update', ['a', '9'], ['b', '10'])).toMatchInlineSnapshot(`
   SELECT (x.ord - 1)::int AS ord, t.*
   FROM unnest($1::character varying[], $2::bigint[]) WITH ORDINALITY AS x(k0, k1, ord) CROSS JOIN LATERAL
   (SELECT t."row_version" AS version
   FROM "lab"."reading" AS t WHERE t."sensor" = x.k0 AND t."sensor"::text COLLATE "C" = x.k0::text COLLATE "C" AND t."tick" = x.k1 FOR NO KEY UPDATE) AS t
   -- ["a", "b"], ["9", "10"]
  `);
});

it('mysql locks rows in the order given and answers the version of each', () => {
  expect(lock(mysql, reading, 'update', ['a', '9'], ['b', '10'])).toMatchInlineSnapshot(`
   SELECT x.ord AS ord, t.\`row_version\` AS version
   FROM (SELECT ? AS k0, ? AS k1, 0 AS ord UNION ALL SELECT ?, ?, 1) x
   STRAIGHT_JOIN \`lab\`.\`reading\` t FORCE INDEX (PRIMARY) ON t.\`sensor\` = x.k0 AND CAST(CONVERT(t.\`sensor\` USING utf8mb4) AS BINARY) = CAST(CONVERT(x.k0 USING utf8mb4) AS BINARY) AND t.\`tick\` = x.k1
   FOR UPDATE
   -- "a", 9n, "b", 10n
  `);
});

it('postgres locks rows without a version', () => {
  expect(lock(postgres, note, 'key-share', [7])).toMatchInlineSnapshot(`
   SELECT (x.ord - 1)::int AS ord, t.*
   FROM unnest($1::integer[]) WITH ORDINALITY AS x(k0, ord) CROSS JOIN LATERAL
   (SELECT NULL AS version
   FROM "note" AS t WHERE t."id" = x.k0 FOR KEY SHARE) AS t
   -- [7]
  `);
});

it('mysql locks rows without a version', () => {
  expect(lock(mysql, note, 'key-share', [7])).toMatchInlineSnapshot(`
   SELECT x.ord AS ord, NULL AS version
   FROM (SELECT ? AS k0, 0 AS ord) x
   STRAIGHT_JOIN \`note\` t FORCE INDEX (PRIMARY) ON t.\`id\` = x.k0
   LOCK IN SHARE MODE
   -- 7
  `);
});

it('each database has its own words for the strengths', () => {
  expect(clausesOf(postgres)).toEqual([
    'FOR KEY SHARE) AS t',
    'FOR SHARE) AS t',
    'FOR NO KEY UPDATE) AS t',
    'FOR UPDATE) AS t',
  ]);
  expect(clausesOf(mysql)).toEqual([
    'LOCK IN SHARE MODE',
    'LOCK IN SHARE MODE',
    'FOR UPDATE',
    'FOR UPDATE',
  ]);
  expect(clausesOf(mariadb)).toEqual(clausesOf(mysql));
});
