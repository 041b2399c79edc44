import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Column,
  Entity,
  EntitySchema,
  PrimaryColumn,
  type DataSource,
  type MigrationInterface,
  type QueryRunner,
} from 'typeorm';
import { RowVersion, rowVersionColumn, unitOfWork } from '../../lib/index';
import { testedTypeorm } from '../support/tested-typeorm';
import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';

@Entity('stones')
class StoneBefore {
  @PrimaryColumn('int')
  id: number;

  @Column('int')
  weight: number;
}

@Entity('stones')
class StoneOnProperty {
  @PrimaryColumn('int')
  id: number;

  @Column('int')
  weight: number;

  @RowVersion()
  version: number;
}

@Entity('stones')
@RowVersion()
class StoneOnClass {
  @PrimaryColumn('int')
  id: number;

  @Column('int')
  weight: number;
}

const StoneSchema = new EntitySchema<StoneOnProperty>({
  name: 'StoneSchema',
  tableName: 'stones',
  columns: {
    id: { type: 'int', primary: true },
    weight: { type: 'int' },
    version: rowVersionColumn(),
  },
});

const ways = [
  ['on a property', StoneOnProperty],
  ['on the class', StoneOnClass],
  ['in an EntitySchema', StoneSchema],
] as const;

onEachDatabase('a migration that adds a row version', [StoneBefore], (database) => {
  beforeEach(() => fillStones(database));

  it.each(ways)('is generated for a filled table by one %s', async (_, stone) => {
    const entities = [stone];
    const migration = migrationOf(await pendingStatements(await database.openSource({ entities })));
    const source = await database.openSource({ entities, migrations: [migration] });

    await source.runMigrations();

    expect(await versionsOf(database)).toEqual([1, 1, 1]);
    expect(await isVersionNullable(database)).toBe('NO');
    expect(await pendingStatements(source)).toEqual({ up: [], down: [] });

    await unitOfWork(source, async (uow) => {
      const read = await uow.findOneByOrFail<{ id: number; weight: number }>(stone, { id: 2 });
      read.weight = 7;
    });
    await database.sql('INSERT INTO stones (id, weight) VALUES (4, 4)');
    expect(await versionsOf(database)).toEqual([1, 2, 1, 1]);

    await source.undoLastMigration();
    expect(Object.keys((await database.sql('SELECT * FROM stones'))[0] ?? {})).toEqual([
      'id',
      'weight',
    ]);
  });

  // The program that TypeORM's command line starts would load its own copy of TypeORM.
  const isInstalledTypeOrm = testedTypeorm === 'typeorm';
  if (isInstalledTypeOrm && ['postgres', 'mariadb'].includes(database.name)) {
    it('is generated and run by the command line of TypeORM', async () => {
      const folder = await makeFolder();
      try {
        await writeFile(join(folder, 'source.ts'), sourceFileOf(database));

        const generated = await runCommandLine(folder, 'migration:generate', join(folder, 'add'));
        const run = await runCommandLine(folder, 'migration:run');
        const again = await runCommandLine(folder, 'migration:generate', join(folder, 'again'));

        const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('-add.ts'));
        const text = await readFile(join(folder, file), 'utf8');
        expect(generated).toContain('has been generated successfully');
        expect(text).toMatch(
          /ALTER TABLE \W+stones\W+ ADD \W+row_version\W+ int.* NOT NULL DEFAULT '1'/,
        );
        expect(run).toContain('has been executed successfully');
        expect(again).toContain('No changes in database schema were found');
        expect(await versionsOf(database)).toEqual([1, 1, 1]);
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    it('can be generated for the entities of the examples with ormconfig.ts', async () => {
      const statements = await runTypeOrm(join(root, 'ormconfig.ts'), ['schema:log'], {
        DATABASE_URL: urlOf(database),
      });

      const create = [...statements.matchAll(/CREATE TABLE .(\w+). [^;]*/g)];
      const versioned = create.filter(([text]) => text.includes('row_version'));
      expect(create.map(([, table]) => table)).toEqual(expect.arrayContaining(unversioned));
      expect(new Set(versioned.map(([, table]) => table))).toEqual(new Set(withVersion));
    });
  }
});

// Of the tables of the examples, those with a row version and some without.
const withVersion = [
  'accounts',
  'changes',
  'package_registrations',
  'package_revisions',
  'people',
  'products',
  'provisioner_jobs',
  'series',
  'workspaces',
];
const unversioned = ['ledger', 'patch_sets', 'packages', 'resources'];

async function fillStones({ sql, source }: TestDatabase): Promise<void> {
  await sql('DROP TABLE IF EXISTS migrations');
  await source.synchronize(true);
  await sql('INSERT INTO stones (id, weight) VALUES (1, 10), (2, 20), (3, 30)');
}

interface Statements {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** What TypeORM would write into a migration. */
async function pendingStatements({ driver }: DataSource): Promise<Statements> {
  const { upQueries, downQueries } = await driver.createSchemaBuilder().log();
  const textOf = ({ query }: { readonly query: string }) => query;
  return { up: upQueries.map(textOf), down: downQueries.map(textOf).toReversed() };
}

function migrationOf({ up, down }: Statements): new () => MigrationInterface {
  return class AddRowVersion implements MigrationInterface {
    name = 'AddRowVersion1700000000000';

    async up(runner: QueryRunner): Promise<void> {
      for (const statement of up) await runner.query(statement);
    }

    async down(runner: QueryRunner): Promise<void> {
      for (const statement of down) await runner.query(statement);
    }
  };
}

async function versionsOf({ sql }: TestDatabase): Promise<unknown[]> {
  const rows = await sql('SELECT row_version AS version FROM stones ORDER BY id');
  return rows.map((row) => row['version']);
}

async function isVersionNullable({ engine, sql }: TestDatabase): Promise<unknown> {
  const here = engine === 'postgres' ? 'current_schema()' : 'database()';
  const [row] = await sql(
    `SELECT is_nullable AS nullable FROM information_schema.columns
      WHERE table_schema = ${here} AND table_name = 'stones' AND column_name = 'row_version'`,
  );
  return row?.['nullable'];
}

const root = join(__dirname, '..', '..');

/** Inside the repository, so that what the files in it import is found. */
async function makeFolder(): Promise<string> {
  await mkdir(join(root, '.cache'), { recursive: true });
  return mkdtemp(join(root, '.cache', 'migration-'));
}

const urlOf = ({ options }: TestDatabase): string =>
  'url' in options && typeof options.url === 'string' ? options.url : '';

const sourceFileOf = (database: TestDatabase): string => `
import 'reflect-metadata';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { RowVersion } from '../../lib/index';

@Entity('stones')
class Stone {
  @PrimaryColumn('int')
  id: number;

  @Column('int')
  weight: number;

  @RowVersion()
  version: number;
}

export default new DataSource({
  type: '${database.options.type}' as 'postgres',
  url: '${urlOf(database)}',
  entities: [Stone],
  migrations: [__dirname + '/*-add.ts'],
});
`;

const runCommandLine = (folder: string, ...args: readonly string[]): Promise<string> =>
  runTypeOrm(join(folder, 'source.ts'), args);

/** What it printed, whether it succeeded or not. */
function runTypeOrm(
  sourceFile: string,
  args: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<string> {
  const program = ['-r', '@swc-node/register', 'node_modules/typeorm/cli.js', '-d', sourceFile];
  // jest asks its workers for colours, and TypeORM would put them between the words.
  const env = { ...process.env, FORCE_COLOR: '0', ...variables };
  return new Promise((resolve) => {
    execFile(process.execPath, [...program, ...args], { cwd: root, env }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}
