import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import * as library from '../../lib/index';
import { chooseVariants } from '../setup/database/matrix';
import { openTestDatabase, type OpenedDatabase } from '../setup/database/test-database';
import { installPackage } from './install-package';

// Here and not among the scripts of CI, because it needs a database. Any one will do: what the
// library does on each of them is the business of the specification.
const folder = mkdtempSync(path.join(tmpdir(), 'package-user-'));
let database: OpenedDatabase;
beforeAll(async () => {
  const [variant] = chooseVariants();
  if (variant === undefined) throw new Error('no database was chosen');
  database = await openTestDatabase(variant, []);
  installPackage(folder);
}, 300_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.close();
});

interface Report {
  /** Whether `import` and `require` found one and the same unitOfWork. */
  readonly same: boolean;
  readonly names: readonly string[];
  readonly row: { readonly balance: number; readonly version: number };
}

function run(program: string): Report {
  // A type and a url are all that another process needs.
  const { type, url } = database.options as { type: string; url: string };
  const env = { ...process.env, DATABASE_OPTIONS: JSON.stringify({ type, url }) };
  return JSON.parse(execFileSync('node', [program], { cwd: folder, env, encoding: 'utf8' }));
}

describe('the packed package', () => {
  it.each([
    ['imported', 'program.mjs'],
    ['required', 'program.cjs'],
  ])('is one library, runs a unit and has all public names when %s', (_how, program) => {
    const { same, names, row } = run(program);

    expect(same).toBe(true);
    expect(row).toEqual({ balance: 90, version: 2 });
    expect(names.toSorted()).toEqual(Object.keys(library).toSorted());
  });

  it.each(['mts', 'cts'])('has types for a .%s file', (extension) => {
    copyFileSync(path.join(folder, 'types.txt'), path.join(folder, `types.${extension}`));

    const compile = () => {
      const checks = ['--noEmit', '--strict', '--skipLibCheck', '--types', 'node'];
      const style = ['--module', 'nodenext', '--target', 'es2022', '--experimentalDecorators'];
      const types = path.resolve('node_modules', '@types');
      const options = [...checks, ...style, '--typeRoots', types, `types.${extension}`];
      execFileSync(path.resolve('node_modules', '.bin', 'tsc'), options, { cwd: folder });
    };

    expect(compile).not.toThrow();
  });
});
