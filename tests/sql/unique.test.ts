import type { Dialect } from '../../lib/dialect/dialect';
import type { EntityModel, UniqueModel } from '../../lib/model/entity-model';
import { makeBatch, type Batch } from '../../lib/write-set/batch';
import type { Insert } from '../../lib/write-set/change';
import { collectChanges } from '../../lib/write-set/collect-changes';
import { columnNamed } from '../unit/model/fake-model';
import { added, mapOf } from '../unit/tracking/fake-tracked';
import { describeTable, mariadb, mysql, note, postgres, reading } from './models';
import { plainText, textOf, textsOf } from './statements';

expect.addSnapshotSerializer(plainText);

const uniqueOf = (model: EntityModel, ...names: readonly string[]): UniqueModel => {
  const columns = names.map((name) => columnNamed(model, name));
  return {
    name: names.join('_'),
    columns,
    isPartial: false,
    watched: columns,
    includes: () => true,
  };
};
const text = uniqueOf(note, 'text');

/** The insert of one note unless its text is there already. */
function insertUnless(dialect: Dialect) {
  const [write] = collectChanges(mapOf([added(note, { text: 'first' })])).writes as [Insert];
  const unless = { unique: text, marker: 'a marker' };
  const batch = { ...makeBatch([write]), unless } as Batch<Insert>;
  return dialect.insert(batch, [{ values: ['first'] }], describeTable(dialect, note));
}

describe('a row that is inserted unless its unique value is there', () => {
  it('postgres names the constraint, so that another one is an error', () => {
    expect(textsOf(insertUnless(postgres))).toMatchInlineSnapshot(`
     INSERT INTO "note" AS t ("text")
     VALUES ($1::text)
      ON CONFLICT ("text") DO NOTHING
     RETURNING 0 AS ord, true AS reached
     , t."id" AS a0, t."created_at" AS a1
     -- "first"
    `);
  });

  it('mysql locks the row that is there and leaves a mark', () => {
    const { statement, wasFound } = insertUnless(mysql);

    expect(textOf(statement)).toMatchInlineSnapshot(`
     INSERT INTO \`note\` (\`text\`)
     VALUES ?
     ON DUPLICATE KEY UPDATE \`text\` = IF(LENGTH(@unit_of_work_found := ?) > 0, \`text\`, NULL)
     -- [["first"]], "a marker"
    `);
    expect(wasFound && textOf(wasFound)).toMatchInlineSnapshot(`
     SELECT @unit_of_work_found = ? AS found
     -- "a marker"
    `);
  });

  it('mariadb does the same and answers the row itself', () => {
    const { statement, wasFound, readBack } = insertUnless(mariadb);

    expect(textOf(statement)).toMatchInlineSnapshot(`
     INSERT INTO \`note\` (\`text\`)
     VALUES ?
     ON DUPLICATE KEY UPDATE \`text\` = IF(LENGTH(@unit_of_work_found := ?) > 0, \`text\`, NULL)
     RETURNING \`id\` AS a0, \`created_at\` AS a1
     -- [["first"]], "a marker"
    `);
    expect(wasFound).toEqual(insertUnless(mysql).wasFound);
    expect(readBack).toBeUndefined();
  });
});

describe('a row that is found by a unique value', () => {
  const asked = [columnNamed(reading, 'row_version')];
  const unique = uniqueOf(reading, 'sensor', 'amount');

  it('postgres compares as the index does', () => {
    const table = describeTable(postgres, reading);

    expect(textOf(postgres.readByUnique(reading, unique, asked, [['A', 2]], table)))
      .toMatchInlineSnapshot(`
     SELECT (x.ord - 1)::int AS ord, t."row_version" AS c0
     FROM unnest($1::character varying[], $2::numeric[]) WITH ORDINALITY AS x(k0, k1, ord)
     JOIN "lab"."reading" AS t ON t."sensor" = x.k0 AND t."amount" = x.k1
     -- ["A"], [2]
    `);
  });

  it('mysql compares as the index does', () => {
    expect(textOf(mysql.readByUnique(reading, unique, asked, [['A', 2]], {})))
      .toMatchInlineSnapshot(`
     SELECT x.ord AS ord, t.\`row_version\` AS c0
     FROM (SELECT ? AS k0, ? AS k1, 0 AS ord) x
     STRAIGHT_JOIN \`lab\`.\`reading\` t ON t.\`sensor\` = x.k0 AND t.\`amount\` = x.k1
     -- "A", 2
    `);
  });
});
