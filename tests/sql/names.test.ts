import * as fc from 'fast-check';
import type { Dialect } from '../../lib/dialect/dialect';
import type { Statement } from '../../lib/dialect/statement';
import type { EntityModel } from '../../lib/model/entity-model';
import { columnNamed, fakeModel } from '../unit/model/fake-model';
import { added, changed, loaded, removed } from '../unit/tracking/fake-tracked';
import { describeTable, dialects, mysql, postgres } from './models';
import { plainText, textOf, textsOf, writeOf } from './statements';

expect.addSnapshotSerializer(plainText);

/** The names of a table and its columns, as a hostile mapping would choose them. */
interface Names {
  readonly path: readonly string[];
  readonly code: string;
  readonly text: string;
  readonly changedAt: string;
  readonly version: string;
}

const plain: Names = {
  path: ['schema', 'table'],
  code: 'code',
  text: 'text',
  changedAt: 'changed_at',
  version: 'version',
};

function modelOf(
  { path, code, text, changedAt, version }: Names,
  isGenerated = false,
): EntityModel {
  const generated = { isFilledOnInsert: isGenerated, isIncrement: isGenerated };
  return fakeModel('Row', {
    tablePath: path,
    columns: {
      code: {
        databaseName: code,
        kind: isGenerated ? 'integer' : 'text',
        isKey: true,
        ...generated,
      },
      text: { databaseName: text },
      changedAt: {
        databaseName: changedAt,
        isUpdatable: false,
        isFilledOnInsert: true,
        isFilledOnUpdate: true,
        onUpdate: 'CURRENT_TIMESTAMP',
      },
      version: { databaseName: version, kind: 'integer', isUpdatable: false },
    },
    version: 'version',
  });
}

/** Every kind of statement that a dialect writes for rows with these names and values. */
function statementsOf(dialect: Dialect, names: Names, key: string, value: string): Statement[] {
  const [model, generating] = [modelOf(names), modelOf(names, true)];
  const [table, generatingTable] = [model, generating].map((m) => describeTable(dialect, m));
  if (!table || !generatingTable) throw new Error('no table is described');
  const row = () => ({ code: key, text: '', changedAt: 'then', version: 3 });
  const lock = { model, strength: 'update', rows: [] } as const;
  const writes = [
    writeOf(dialect, table, added(model, { code: key, text: value })),
    writeOf(dialect, generatingTable, added(generating, { text: value })),
    writeOf(dialect, table, changed(model, row(), { text: `${value}.` })),
    writeOf(dialect, table, loaded(model, row(), { forcesIncrement: true })),
    writeOf(dialect, table, removed(model, row())),
  ];
  return [
    dialect.lock(lock, [{ key: [key], expected: 3, reason: undefined }], table, []),
    dialect.read(model, [columnNamed(model, 'text')], [[key]], table),
    ...writes.flatMap(({ statement, readBack }) => [statement, ...(readBack ? [readBack] : [])]),
  ];
}

/** Reads a statement as the server does: the quoted names, and the text with a mark for each. */
function readQuoted(dialect: Dialect, sql: string): { names: string[]; rest: string } {
  const quote = dialect === postgres ? '"' : '`';
  const names: string[] = [];
  let rest = '';
  for (let at = 0; at < sql.length; at++) {
    if (sql[at] !== quote) {
      rest += sql[at];
      continue;
    }
    let name = '';
    for (at++; sql[at] !== quote || sql[at + 1] === quote; at++) {
      if (at >= sql.length) throw new Error(`a name does not end in ${sql}`);
      if (sql[at] === quote) at++;
      name += sql[at];
    }
    names.push(name);
    rest += '<name>';
  }
  return { names, rest };
}

const hostile: Names = {
  path: ['my.schema', 'drop "table" `users`;--'],
  code: `code" OR "1"="1`,
  text: "text` = (SELECT 'x') -- ",
  changedAt: 'changed.at',
  version: '"`version`"',
};

it('postgres quotes hostile names', () => {
  const model = modelOf(hostile);
  const row = { code: 'k', text: 'x', changedAt: 'then', version: 3 };
  const write = writeOf(
    postgres,
    describeTable(postgres, model),
    changed(model, row, { text: 'y' }),
  );

  expect(textsOf(write)).toMatchInlineSnapshot(`
   UPDATE "my.schema"."drop ""table"" \`users\`;--" AS t SET "text\` = (SELECT 'x') -- " = $1::text, "changed.at" = CURRENT_TIMESTAMP, """\`version\`""" = t."""\`version\`""" + 1
   WHERE t."code"" OR ""1""=""1" = $2::text AND t."code"" OR ""1""=""1"::text COLLATE "C" = $2::text::text COLLATE "C" AND t."""\`version\`""" = $3::integer
   RETURNING 0 AS ord, true AS reached, t."""\`version\`""" AS version
   , t."changed.at" AS a0
   -- "y", "k", 3
  `);
});

it('mysql quotes hostile names', () => {
  const model = modelOf(hostile);
  const row = { code: 'k', text: 'x', changedAt: 'then', version: 3 };

  expect(textsOf(writeOf(mysql, {}, changed(model, row, { text: 'y' })))).toMatchInlineSnapshot(`
   UPDATE (SELECT ? AS k0, ? AS v, ? AS c0, 0 AS ord) x
   STRAIGHT_JOIN \`my.schema\`.\`drop "table" \`\`users\`\`;--\` t FORCE INDEX (PRIMARY) ON t.\`code" OR "1"="1\` = x.k0 AND CAST(CONVERT(t.\`code" OR "1"="1\` USING utf8mb4) AS BINARY) = CAST(CONVERT(x.k0 USING utf8mb4) AS BINARY) AND t.\`"\`\`version\`\`"\` = x.v
   SET t.\`text\`\` = (SELECT 'x') -- \` = x.c0, t.\`changed.at\` = CURRENT_TIMESTAMP, t.\`"\`\`version\`\`"\` = t.\`"\`\`version\`\`"\` + 1
   -- "k", 3, "y"

   SELECT x.ord AS ord, t.\`changed.at\` AS a0, t.\`"\`\`version\`\`"\` AS version
   FROM (SELECT ? AS k0, 0 AS ord) x
   STRAIGHT_JOIN \`my.schema\`.\`drop "table" \`\`users\`\`;--\` t FORCE INDEX (PRIMARY) ON t.\`code" OR "1"="1\` = x.k0 AND CAST(CONVERT(t.\`code" OR "1"="1\` USING utf8mb4) AS BINARY) = CAST(CONVERT(x.k0 USING utf8mb4) AS BINARY)
   -- "k"
  `);
});

it('postgres binds the quoted path of a table by which it asks the catalog', () => {
  expect(textOf(postgres.describeTable(modelOf(hostile)))).toContain(
    String.raw`-- "\"my.schema\".\"drop \"\"table\"\" ` + '`users`;--\\""',
  );
});

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }),
  fc.string({
    unit: fc.constantFrom('"', '`', '.', "'", ' ', ';', '-', '\\', '$1', 'x'),
    minLength: 1,
  }),
);
const anyNames: fc.Arbitrary<Names> = fc
  .uniqueArray(anyText, { minLength: 6, maxLength: 6 })
  .map(([schema = '', table = '', code = '', text = '', changedAt = '', version = '']) => ({
    path: [schema, table],
    code,
    text,
    changedAt,
    version,
  }));

describe.each(dialects)('$name', (dialect) => {
  it('writes names in quotes and nowhere else, whatever they are', () => {
    const expected = statementsOf(dialect, plain, 'k', 'v').map(({ sql }) =>
      readQuoted(dialect, sql),
    );

    fc.assert(
      fc.property(anyNames, (names) => {
        const own = new Map([
          ...plain.path.map((name, i) => [name, names.path[i]] as const),
          ...(['code', 'text', 'changedAt', 'version'] as const).map(
            (column) => [plain[column], names[column]] as const,
          ),
        ]);

        const found = statementsOf(dialect, names, 'k', 'v').map(({ sql }) =>
          readQuoted(dialect, sql),
        );

        expect(found).toEqual(
          expected.map(({ names, rest }) => ({
            names: names.map((name) => own.get(name) ?? name),
            rest,
          })),
        );
      }),
    );
  });

  it('writes values into no text: whatever they are, they are bound', () => {
    const expected = statementsOf(dialect, plain, 'k', 'v').map(({ sql }) => sql);

    fc.assert(
      fc.property(anyText, anyText, (key, value) => {
        const statements = statementsOf(dialect, plain, key, value);

        expect(statements.map(({ sql }) => sql)).toEqual(expected);
        const bound = statements.flatMap(({ parameters }) => parameters.flat(2));
        expect(bound).toEqual(expect.arrayContaining([key, value, `${value}.`]));
      }),
    );
  });

  it('has a placeholder for every value and a value for every placeholder', () => {
    for (const { sql, parameters } of statementsOf(dialect, plain, 'k', 'v')) {
      const { rest } = readQuoted(dialect, sql);
      const placeholders = [...rest.matchAll(/\$(\d+)|\?/g)].map(([, number]) => Number(number));
      // A numbered one may be used twice.
      const isNumbered = dialect === postgres;
      const used = isNumbered ? [...new Set(placeholders)].toSorted((a, b) => a - b) : placeholders;

      expect(used).toEqual(parameters.map((_, i) => (isNumbered ? i + 1 : NaN)));
    }
  });
});
