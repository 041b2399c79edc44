import type { Engine } from '../databases';
import { testedTypeorm } from '../../support/tested-typeorm';
import type { TestServerName } from '../servers/test-servers';

/** One column of the matrix: a server, and the TypeORM driver that talks to it. */
export interface Variant {
  readonly name: 'postgres' | 'mariadb' | 'mariadb snapshot-isolation' | 'mysql driver' | 'mysql';
  readonly engine: Engine;
  readonly type: 'postgres' | 'mariadb' | 'mysql';
  readonly server: TestServerName;
  readonly snapshotIsolation?: 'ON' | 'OFF';
}

const variants: readonly Variant[] = [
  { name: 'postgres', engine: 'postgres', type: 'postgres', server: 'postgres' },
  {
    name: 'mariadb',
    engine: 'mariadb',
    type: 'mariadb',
    server: 'mariadb',
    snapshotIsolation: 'OFF',
  },
  {
    name: 'mariadb snapshot-isolation',
    engine: 'mariadb',
    type: 'mariadb',
    server: 'mariadb snapshot-isolation',
    snapshotIsolation: 'ON',
  },
  {
    // TypeORM uses no RETURNING with this driver, as it must not with a real MySQL.
    name: 'mysql driver',
    engine: 'mariadb',
    type: 'mysql',
    server: 'mariadb',
    snapshotIsolation: 'OFF',
  },
  { name: 'mysql', engine: 'mysql', type: 'mysql', server: 'mysql' },
];

/** Variants of a server say little about an older TypeORM; the other driver was tried with the newest of them. */
const leftOut: Readonly<Record<string, readonly Variant['name'][]>> = {
  'typeorm-03': ['mariadb snapshot-isolation'],
  'typeorm-0320': ['mariadb snapshot-isolation', 'mysql driver'],
};

const engines: readonly string[] = ['postgres', 'mariadb', 'mysql'];

/**
 * The databases of this run: those of `DATABASES`, else all that can be had anywhere; `ROUNDS=full` asks
 * for all of them with an older TypeORM too.
 *
 * @throws {Error} DATABASES names something that is no engine.
 */
export function chooseVariants(
  env: NodeJS.ProcessEnv = process.env,
  typeorm = testedTypeorm,
): readonly Variant[] {
  const everywhere = ['postgres', 'mariadb', ...(env['MYSQL_URL'] ? ['mysql'] : [])];
  const chosen = env['DATABASES'] ? env['DATABASES'].split(',').map((x) => x.trim()) : everywhere;
  const unknown = chosen.find((name) => !engines.includes(name));
  if (unknown !== undefined) {
    throw new Error(`DATABASES names ${unknown}; it may name ${engines.join(', ')}`);
  }
  const without = env['ROUNDS'] === 'full' ? [] : (leftOut[typeorm] ?? []);
  return variants.filter(({ name, engine }) => chosen.includes(engine) && !without.includes(name));
}
