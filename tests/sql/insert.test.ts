import { MappingError } from '../../lib/errors/mapping-error';
import { fakeModel } from '../unit/model/fake-model';
import { added } from '../unit/tracking/fake-tracked';
import { describeTable, mariadb, mysql, note, postgres, reading } from './models';
import { plainText, textsOf, writeOf } from './statements';

expect.addSnapshotSerializer(plainText);

const readings = () => [
  added(reading, { sensor: 'b', tick: '9007199254740993', amount: 1.5, labels: ['x', 'y'] }),
  added(reading, { sensor: 'a', tick: 7n, amount: null, labels: [] }),
];
const notes = () => [added(note, { text: 'first' }), added(note, { text: 'second' })];

describe('rows whose keys the client gives', () => {
  it('postgres tells them apart by key', () => {
    const write = writeOf(postgres, describeTable(postgres, reading), ...readings());

    expect(textsOf(write)).toMatchInlineSnapshot(`
     WITH x AS MATERIALIZED (SELECT x.* FROM unnest($2::character varying[], $3::bigint[], $4::numeric[], $5::text[], $6::integer[]) WITH ORDINALITY AS x(c0, c1, c2, c3, c4, ord)),
     i AS (INSERT INTO "lab"."reading" AS t ("sensor", "tick", "amount", "labels", "row_version")
       SELECT x.c0, x.c1, x.c2, x.c3::text[], x.c4 FROM x ORDER BY x.ord RETURNING t."sensor" AS k0, t."tick" AS k1, t."updated_at" AS a0)
     SELECT (x.ord - 1)::int AS ord, true AS reached, i.a0,
       CASE WHEN (SELECT count(*)::int FROM i) IN (0, $1::int) THEN (SELECT count(*)::int FROM i) ELSE ((SELECT count(*)::int FROM i) || ' rows: some rows were kept from being written')::int END AS total
     FROM i JOIN x ON i.k0 = x.c0 AND i.k1 = x.c1
     -- 2, ["b", "a"], ["9007199254740993", 7n], [1.5, null], ["{\\"x\\",\\"y\\"}", "{}"], "{1,1}"
    `);
  });

  it('mysql fetches what the database filled in', () => {
    expect(textsOf(writeOf(mysql, {}, added(reading, { sensor: 'a', tick: '7', amount: 1 }))))
      .toMatchInlineSnapshot(`
     INSERT INTO \`lab\`.\`reading\` (\`sensor\`, \`tick\`, \`amount\`, \`row_version\`)
     VALUES ?
     -- [["a","7",1,1]]

     SELECT x.ord AS ord, t.\`updated_at\` AS a0
     FROM (SELECT ? AS k0, ? AS k1, 0 AS ord) x
     STRAIGHT_JOIN \`lab\`.\`reading\` t FORCE INDEX (PRIMARY) ON t.\`sensor\` = x.k0 AND CAST(CONVERT(t.\`sensor\` USING utf8mb4) AS BINARY) = CAST(CONVERT(x.k0 USING utf8mb4) AS BINARY) AND t.\`tick\` = x.k1
     -- "a", 7n
    `);
  });

  it('mariadb does the same, because it could not tell the answers apart', () => {
    const rows = () => [
      added(reading, { sensor: 'a', tick: 7 }),
      added(reading, { sensor: 'b', tick: 8 }),
    ];

    expect(textsOf(writeOf(mariadb, {}, ...rows()))).toBe(textsOf(writeOf(mysql, {}, ...rows())));
  });
});

describe('rows whose keys the database makes', () => {
  it('postgres draws them beside the position of each row', () => {
    const write = writeOf(postgres, describeTable(postgres, note), ...notes());

    expect(write.reports).toBe('rows');
    expect(textsOf(write)).toMatchInlineSnapshot(`
     WITH x AS MATERIALIZED (SELECT x.*, nextval('id_seq'::regclass) AS g0 FROM unnest($2::text[]) WITH ORDINALITY AS x(c0, ord)),
     i AS (INSERT INTO "note" AS t ("text", "id")
       SELECT x.c0, x.g0 FROM x ORDER BY x.ord RETURNING t."id" AS k0, t."id" AS a0, t."created_at" AS a1)
     SELECT (x.ord - 1)::int AS ord, true AS reached, i.a0, i.a1,
       CASE WHEN (SELECT count(*)::int FROM i) IN (0, $1::int) THEN (SELECT count(*)::int FROM i) ELSE ((SELECT count(*)::int FROM i) || ' rows: some rows were kept from being written')::int END AS total
     FROM i JOIN x ON i.k0 = x.g0
     -- 2, ["first", "second"]
    `);
  });

  it('postgres may set an identity column', () => {
    const table = describeTable(postgres, note, { isIdentity: true });

    expect(textsOf(writeOf(postgres, table, added(note, { text: 'x' })))).toMatchInlineSnapshot(`
     INSERT INTO "note" AS t ("text")
     VALUES ($1::text)
     RETURNING 0 AS ord, true AS reached
     , t."id" AS a0, t."created_at" AS a1
     -- "x"
    `);
  });

  it('mysql knows them to be consecutive', () => {
    const write = writeOf(mysql, {}, ...notes());

    expect(write.reports).toBe('count');
    expect(textsOf(write)).toMatchInlineSnapshot(`
     INSERT INTO \`note\` (\`text\`)
     VALUES ?
     -- [["first"], ["second"]]

     SELECT t.\`id\` AS a0, t.\`created_at\` AS a1
     FROM \`note\` t
     WHERE t.\`id\` BETWEEN LAST_INSERT_ID()
       AND LAST_INSERT_ID() + 1 * @@auto_increment_increment
       AND MOD(t.\`id\` - LAST_INSERT_ID(), @@auto_increment_increment) = 0
    `);
  });

  it('mariadb answers them', () => {
    const write = writeOf(mariadb, {}, ...notes());

    expect(write.reports).toBe('rows');
    expect(textsOf(write)).toMatchInlineSnapshot(`
     INSERT INTO \`note\` (\`text\`)
     VALUES ?
     RETURNING \`id\` AS a0, \`created_at\` AS a1
     -- [["first"], ["second"]]
    `);
  });

  it.each([mysql, mariadb])('$name puts the answers in the order of their keys', (dialect) => {
    const write = writeOf(dialect, {}, ...notes());

    const arranged = write.arrange?.([
      { a0: '10', a1: 'x' },
      { a0: 9, a1: 'y' },
    ]);

    expect(arranged).toMatchObject([
      { ord: 0, a0: 9, a1: 'y' },
      { ord: 1, a0: '10', a1: 'x' },
    ]);
  });

  it('mysql refuses a key that it could not read back', () => {
    const model = fakeModel('Doc', { columns: { id: { isKey: true, isFilledOnInsert: true } } });

    expect(() => writeOf(mysql, {}, added(model, {}))).toThrow(MappingError);
  });
});

describe('a row of defaults only', () => {
  it('postgres with a key to be drawn', () => {
    const table = describeTable(postgres, note);

    expect(textsOf(writeOf(postgres, table, added(note, {})))).toMatchInlineSnapshot(`
     INSERT INTO "note" AS t 
     DEFAULT VALUES
     RETURNING 0 AS ord, true AS reached
     , t."id" AS a0, t."created_at" AS a1
    `);
  });

  it('postgres without a key to be drawn', () => {
    const model = fakeModel('Doc', { columns: { id: { isKey: true, isFilledOnInsert: true } } });
    const table = describeTable(postgres, model);

    expect(textsOf(writeOf(postgres, table, added(model, {})))).toMatchInlineSnapshot(`
     INSERT INTO "doc" AS t 
     DEFAULT VALUES
     RETURNING 0 AS ord, true AS reached
     , t."id" AS a0
    `);
  });

  it('mysql', () => {
    expect(textsOf(writeOf(mysql, {}, added(note, {})))).toMatchInlineSnapshot(`
     INSERT INTO \`note\` ()
     VALUES ?
     -- [[]]

     SELECT t.\`id\` AS a0, t.\`created_at\` AS a1
     FROM \`note\` t
     WHERE t.\`id\` BETWEEN LAST_INSERT_ID()
       AND LAST_INSERT_ID() + 0 * @@auto_increment_increment
       AND MOD(t.\`id\` - LAST_INSERT_ID(), @@auto_increment_increment) = 0
    `);
  });

  it('mariadb', () => {
    expect(textsOf(writeOf(mariadb, {}, added(note, {})))).toMatchInlineSnapshot(`
     INSERT INTO \`note\` ()
     VALUES ?
     RETURNING \`id\` AS a0, \`created_at\` AS a1
     -- [[]]
    `);
  });
});
