import { changed, loaded } from '../unit/tracking/fake-tracked';
import { describeTable, mariadb, mysql, note, postgres, reading } from './models';
import { plainText, textsOf, writeOf } from './statements';

expect.addSnapshotSerializer(plainText);

const table = describeTable(postgres, reading);
const row = (sensor: string, tick: string, version: number) => ({
  sensor,
  tick,
  amount: 1,
  labels: ['x'],
  views: 0,
  row_version: version,
});
const checked = () => [
  changed(reading, row('b', '10', 3), { amount: 2 }),
  changed(reading, row('a', '9', 4), { amount: null }),
];
const unchecked = () => changed(reading, row('a', '9', 4), { views: 1 });
const forced = () => loaded(reading, row('a', '9', 4), { forcesIncrement: true });

describe('columns that are checked', () => {
  it('postgres locks in key order, writes what matches, and answers row by row', () => {
    const write = writeOf(postgres, table, ...checked());

    expect(write.reports).toBe('rows');
    expect(textsOf(write)).toMatchInlineSnapshot(`
     WITH x AS MATERIALIZED (SELECT * FROM unnest($2::character varying[], $3::bigint[], $4::integer[], $5::numeric[]) WITH ORDINALITY AS x(k0, k1, v, c0, ord)),
     l AS MATERIALIZED (SELECT x.*, t.actual FROM x CROSS JOIN LATERAL
       (SELECT t."row_version" AS actual FROM "lab"."reading" AS t WHERE t."sensor" = x.k0 AND t."sensor"::text COLLATE "C" = x.k0::text COLLATE "C" AND t."tick" = x.k1 FOR NO KEY UPDATE) AS t),
     w AS (UPDATE "lab"."reading" AS t SET "amount" = x.c0, "updated_at" = CURRENT_TIMESTAMP, "row_version" = t."row_version" + 1
     FROM l AS x WHERE t."sensor" = x.k0 AND t."sensor"::text COLLATE "C" = x.k0::text COLLATE "C" AND t."tick" = x.k1
       AND t."row_version" = x.v AND (SELECT count(*) FROM l WHERE l.actual = l.v) = $1::int
       RETURNING x.ord, x.actual, t."row_version" AS version, t."updated_at" AS a0)
     SELECT (l.ord - 1)::int AS ord, l.actual, w.ord IS NOT NULL AS reached, w.version
     , w.a0, CASE WHEN (SELECT count(*)::int FROM w) IN (0, $1::int) THEN (SELECT count(*)::int FROM w) ELSE ((SELECT count(*)::int FROM w) || ' rows: some rows were kept from being written')::int END AS total
     FROM l LEFT JOIN w ON w.ord = l.ord
     -- 2, ["a", "b"], ["9", "10"], "{4,3}", [null, 2]
    `);
  });

  it('mysql counts what matches', () => {
    const write = writeOf(mysql, {}, ...checked());

    expect(write.reports).toBe('count');
    expect(textsOf(write)).toMatchInlineSnapshot(`
     UPDATE (SELECT ? AS k0, ? AS k1, ? AS v, ? AS c0, 0 AS ord UNION ALL SELECT ?, ?, ?, ?, 1) x
     STRAIGHT_JOIN \`lab\`.\`reading\` t FORCE INDEX (PRIMARY) ON t.\`sensor\` = x.k0 AND CAST(CONVERT(t.\`sensor\` USING utf8mb4) AS BINARY) = CAST(CONVERT(x.k0 USING utf8mb4) AS BINARY) AND t.\`tick\` = x.k1 AND t.\`row_version\` = x.v
     SET t.\`amount\` = x.c0, t.\`updated_at\` = CURRENT_TIMESTAMP, t.\`row_version\` = t.\`row_version\` + 1
     -- "a", 9n, 4, null, "b", 10n, 3, 2

     SELECT x.ord AS ord, t.\`updated_at\` AS a0, t.\`row_version\` AS version
     FROM (SELECT ? AS k0, ? AS k1, 0 AS ord UNION ALL SELECT ?, ?, 1) x
     STRAIGHT_JOIN \`lab\`.\`reading\` t FORCE INDEX (PRIMARY) ON t.\`sensor\` = x.k0 AND CAST(CONVERT(t.\`sensor\` USING utf8mb4) AS BINARY) = CAST(CONVERT(x.k0 USING utf8mb4) AS BINARY) AND t.\`tick\` = x.k1
     -- "a", 9n, "b", 10n
    `);
  });
});

it('postgres sends lists as text, because unnest would flatten them', () => {
  const labelled = changed(reading, row('a', '9', 4), { labels: ['y', '"'] });

  expect(textsOf(writeOf(postgres, table, labelled))).toMatchInlineSnapshot(`
   UPDATE "lab"."reading" AS t SET "labels" = $1::text::text[], "updated_at" = CURRENT_TIMESTAMP, "row_version" = t."row_version" + 1
   WHERE t."sensor" = $2::character varying AND t."sensor"::text COLLATE "C" = $2::character varying::text COLLATE "C" AND t."tick" = $3::bigint AND t."row_version" = $4::integer
   RETURNING 0 AS ord, true AS reached, t."row_version" AS version
   , t."updated_at" AS a0
   -- "{\\"y\\",\\"\\\\\\"\\"}", "a", "9", 4
  `);
});

describe('unversioned columns', () => {
  it('postgres compares no version and moves none', () => {
    expect(textsOf(writeOf(postgres, table, unchecked()))).toMatchInlineSnapshot(`
     UPDATE "lab"."reading" AS t SET "views" = $1::text, "updated_at" = CURRENT_TIMESTAMP
     WHERE t."sensor" = $2::character varying AND t."sensor"::text COLLATE "C" = $2::character varying::text COLLATE "C" AND t."tick" = $3::bigint
     RETURNING 0 AS ord, true AS reached, t."row_version" AS version
     , t."updated_at" AS a0
     -- 1, "a", "9"
    `);
  });

  it('mysql compares no version and moves none', () => {
    expect(textsOf(writeOf(mysql, {}, unchecked()))).toMatchInlineSnapshot(`
     UPDATE (SELECT ? AS k0, ? AS k1, ? AS c0, 0 AS ord) x
     STRAIGHT_JOIN \`lab\`.\`reading\` t FORCE INDEX (PRIMARY) ON t.\`sensor\` = x.k0 AND CAST(CONVERT(t.\`sensor\` USING utf8mb4) AS BINARY) = CAST(CONVERT(x.k0 USING utf8mb4) AS BINARY) AND t.\`tick\` = x.k1
     SET t.\`views\` = x.c0, t.\`updated_at\` = CURRENT_TIMESTAMP
     -- "a", 9n, 1

     SELECT x.ord AS ord, t.\`updated_at\` AS a0
     FROM (SELECT ? AS k0, ? AS k1, 0 AS ord) x
     STRAIGHT_JOIN \`lab\`.\`reading\` t FORCE INDEX (PRIMARY) ON t.\`sensor\` = x.k0 AND CAST(CONVERT(t.\`sensor\` USING utf8mb4) AS BINARY) = CAST(CONVERT(x.k0 USING utf8mb4) AS BINARY) AND t.\`tick\` = x.k1
     -- "a", 9n
    `);
  });
});

describe('a forced increment', () => {
  it('postgres moves the version alone', () => {
    expect(textsOf(writeOf(postgres, table, forced()))).toMatchInlineSnapshot(`
     UPDATE "lab"."reading" AS t SET "updated_at" = CURRENT_TIMESTAMP, "row_version" = t."row_version" + 1
     WHERE t."sensor" = $1::character varying AND t."sensor"::text COLLATE "C" = $1::character varying::text COLLATE "C" AND t."tick" = $2::bigint AND t."row_version" = $3::integer
     RETURNING 0 AS ord, true AS reached, t."row_version" AS version
     , t."updated_at" AS a0
     -- "a", "9", 4
    `);
  });

  it('mysql moves the version alone', () => {
    expect(textsOf(writeOf(mysql, {}, forced()))).toMatchInlineSnapshot(`
     UPDATE (SELECT ? AS k0, ? AS k1, ? AS v, 0 AS ord) x
     STRAIGHT_JOIN \`lab\`.\`reading\` t FORCE INDEX (PRIMARY) ON t.\`sensor\` = x.k0 AND CAST(CONVERT(t.\`sensor\` USING utf8mb4) AS BINARY) = CAST(CONVERT(x.k0 USING utf8mb4) AS BINARY) AND t.\`tick\` = x.k1 AND t.\`row_version\` = x.v
     SET t.\`updated_at\` = CURRENT_TIMESTAMP, t.\`row_version\` = t.\`row_version\` + 1
     -- "a", 9n, 4

     SELECT x.ord AS ord, t.\`updated_at\` AS a0, t.\`row_version\` AS version
     FROM (SELECT ? AS k0, ? AS k1, 0 AS ord) x
     STRAIGHT_JOIN \`lab\`.\`reading\` t FORCE INDEX (PRIMARY) ON t.\`sensor\` = x.k0 AND CAST(CONVERT(t.\`sensor\` USING utf8mb4) AS BINARY) = CAST(CONVERT(x.k0 USING utf8mb4) AS BINARY) AND t.\`tick\` = x.k1
     -- "a", 9n
    `);
  });
});

describe('rows without a version', () => {
  const renamed = () => changed(note, { id: 7, text: 'x' }, { text: 'y' });

  it('postgres finds by key alone', () => {
    expect(textsOf(writeOf(postgres, describeTable(postgres, note), renamed())))
      .toMatchInlineSnapshot(`
     UPDATE "note" AS t SET "text" = $1::text
     WHERE t."id" = $2::integer
     RETURNING 0 AS ord, true AS reached, NULL::int AS version
     -- "y", 7
    `);
  });

  it('mysql finds by key alone', () => {
    expect(textsOf(writeOf(mysql, {}, renamed()))).toMatchInlineSnapshot(`
     UPDATE (SELECT ? AS k0, ? AS c0, 0 AS ord) x
     STRAIGHT_JOIN \`note\` t FORCE INDEX (PRIMARY) ON t.\`id\` = x.k0
     SET t.\`text\` = x.c0
     -- 7, "y"
    `);
  });
});

it.each([checked, () => [unchecked()], () => [forced()]])(
  'mariadb writes what mysql writes',
  (rows) => {
    const both = [mariadb, mysql].map((dialect) => textsOf(writeOf(dialect, {}, ...rows())));

    expect(both[0]).toBe(both[1]);
  },
);
