import { removed } from '../unit/tracking/fake-tracked';
import { describeTable, mariadb, mysql, note, postgres, reading } from './models';
import { plainText, textsOf, writeOf } from './statements';

expect.addSnapshotSerializer(plainText);

const versioned = () => [
  removed(reading, { sensor: 'b', tick: '10', row_version: 3 }),
  removed(reading, { sensor: 'a', tick: '9', row_version: 4 }),
];
const plain = () => removed(note, { id: 7 });

describe('rows with a version', () => {
  it('postgres', () => {
    const write = writeOf(postgres, describeTable(postgres, reading), ...versioned());

    expect(write.reports).toBe('rows');
    expect(textsOf(write)).toMatchInlineSnapshot(`
     WITH x AS MATERIALIZED (SELECT * FROM unnest($2::character varying[], $3::bigint[], $4::integer[]) WITH ORDINALITY AS x(k0, k1, v, ord)),
     l AS MATERIALIZED (SELECT x.*, t.actual FROM x CROSS JOIN LATERAL
       (SELECT t."row_version" AS actual FROM "lab"."reading" AS t WHERE t."sensor" = x.k0 AND t."sensor"::text COLLATE "C" = x.k0::text COLLATE "C" AND t."tick" = x.k1 FOR UPDATE) AS t),
     w AS (DELETE FROM "lab"."reading" AS t
     USING l AS x WHERE t."sensor" = x.k0 AND t."sensor"::text COLLATE "C" = x.k0::text COLLATE "C" AND t."tick" = x.k1
       AND t."row_version" = x.v AND (SELECT count(*) FROM l WHERE l.actual = l.v) = $1::int
       RETURNING x.ord, x.actual, t."row_version" AS version)
     SELECT NULL::int AS ord, NULL::int AS actual, true AS reached, NULL::int AS version, CASE WHEN (SELECT count(*)::int FROM w) IN (0, $1::int) THEN (SELECT count(*)::int FROM w) ELSE ((SELECT count(*)::int FROM w) || ' rows: some rows were kept from being written')::int END AS total
     UNION ALL SELECT (ord - 1)::int, actual, false, NULL, NULL FROM l WHERE NOT EXISTS (SELECT FROM w)
     -- 2, ["a", "b"], ["9", "10"], "{4,3}"
    `);
  });

  it('mysql', () => {
    const write = writeOf(mysql, {}, ...versioned());

    expect(write.reports).toBe('count');
    expect(textsOf(write)).toMatchInlineSnapshot(`
     DELETE t FROM (SELECT ? AS k0, ? AS k1, ? AS v, 0 AS ord UNION ALL SELECT ?, ?, ?, 1) x
     STRAIGHT_JOIN \`lab\`.\`reading\` t FORCE INDEX (PRIMARY) ON t.\`sensor\` = x.k0 AND CAST(CONVERT(t.\`sensor\` USING utf8mb4) AS BINARY) = CAST(CONVERT(x.k0 USING utf8mb4) AS BINARY) AND t.\`tick\` = x.k1 AND t.\`row_version\` = x.v
     -- "a", 9n, 4, "b", 10n, 3
    `);
  });
});

describe('rows without a version', () => {
  it('postgres', () => {
    expect(textsOf(writeOf(postgres, describeTable(postgres, note), plain())))
      .toMatchInlineSnapshot(`
     DELETE FROM "note" AS t
     WHERE t."id" = $1::integer
     RETURNING 0 AS ord, true AS reached, NULL::int AS version
     -- 7
    `);
  });

  it('mysql', () => {
    expect(textsOf(writeOf(mysql, {}, plain()))).toMatchInlineSnapshot(`
     DELETE t FROM (SELECT ? AS k0, 0 AS ord) x
     STRAIGHT_JOIN \`note\` t FORCE INDEX (PRIMARY) ON t.\`id\` = x.k0
     -- 7
    `);
  });
});

it('mariadb writes what mysql writes', () => {
  expect(textsOf(writeOf(mariadb, {}, ...versioned()))).toBe(
    textsOf(writeOf(mysql, {}, ...versioned())),
  );
});
