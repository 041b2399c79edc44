import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';

import { announceOnStderr, type DatabaseServer, type StartOptions } from './database-server';
import { installPackages, unpackPackages } from './debian-packages';
import { findFolderWith, programFolders } from './find-programs';
import { givenServer } from './given-server';
import type { Installation, Programs } from './installation';
import { runCommand } from './run-command';
import { orderCandidates, startFirst, type Candidate } from './start-first';
import { startInstallation, type Recipe } from './start-installation';

// The client package brings my_print_defaults, which mariadb-install-db calls.
const packages = ['mariadb-server-core', 'mariadb-client-core'];

/**
 * A real MariaDB: the one of `MARIADB_URL`, of the PATH or of Debian's packages.
 *
 * @throws {MissingDatabaseError} None could be had; the message says what was tried and what helps.
 */
export function startMariaDb(options: StartOptions = {}): Promise<DatabaseServer> {
  return startFirst('mariadb', orderCandidates(mariaDbCandidates(options), options.prefer));
}

export function mariaDbCandidates(options: StartOptions): readonly Candidate[] {
  const { announce = announceOnStderr, urlVariable = 'MARIADB_URL' } = options;
  const recipe = mariaDbRecipe(options);
  return [
    givenServer('mariadb', urlVariable),
    {
      origin: 'path',
      remedy: 'put MariaDB’s programs mariadbd and mariadb-install-db on the PATH',
      start: async () => startInstallation(recipe, 'path', findOnPath(), options),
    },
    {
      origin: 'apt',
      remedy: `run as root once, or run: apt-get install ${packages.join(' ')}`,
      start: async () => {
        await installPackages(packages, announce);
        return startInstallation(recipe, 'apt', findOnPath(), options);
      },
    },
    {
      origin: 'apt',
      remedy: 'on Debian or Ubuntu, let apt-get reach its mirror: without root it unpacks MariaDB',
      start: async () => {
        const root = await unpackPackages(packages, announce);
        return startInstallation(recipe, 'apt', findUnpacked(root), options);
      },
    },
  ];
}

function findOnPath(root = '/'): Installation {
  const find = (program: string) =>
    relative(root, join(findFolderWith([program], programFolders(root)), program));
  return { root, server: find('mariadbd'), initializer: find('mariadb-install-db') };
}

function findUnpacked(root: string): Installation {
  const multiarch = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch as string];
  const libraries = [join('usr/lib', multiarch ?? ''), join('lib', multiarch ?? '')];
  return { ...findOnPath(root), basedir: 'usr', libraries };
}

function mariaDbRecipe({ durable = false, settings = {} }: StartOptions): Recipe {
  return {
    engine: 'mariadb',
    userName: 'mysql',
    endSignal: 'SIGKILL',
    urlOf: (port) => `mariadb://root@127.0.0.1:${port}/mysql`,
    initialize: async (programs, { folder, user }) => {
      const parameters = [
        // It must come first: the files of the machine describe another server.
        '--no-defaults',
        `--datadir=${join(folder, 'data')}`,
        '--auth-root-authentication-method=normal',
        '--skip-name-resolve',
        '--skip-test-db',
        ...(programs.basedir ? [`--basedir=${programs.basedir}`] : []),
      ];
      const { initializer, env } = programs;
      await runCommand(initializer, parameters, { cwd: folder, env, ...user });
    },
    parametersFor: (programs, { folder }, port) => {
      const all = {
        datadir: join(folder, 'data'),
        port: String(port),
        'bind-address': '127.0.0.1',
        // Relative to the data directory, whose path may be longer than the name of a socket can be.
        socket: 'server.sock',
        'pid-file': 'server.pid',
        'skip-name-resolve': 'ON',
        'character-set-server': 'utf8mb4',
        'innodb-flush-log-at-trx-commit': durable ? '1' : '0',
        ...unpackedFolders(programs),
        ...settings,
      };
      return ['--no-defaults', ...Object.entries(all).map(([key, value]) => `--${key}=${value}`)];
    },
  };
}

/** Where the server finds what its build expects under /usr; the names changed with version 11. */
function unpackedFolders({ basedir }: Programs): Record<string, string> {
  if (basedir === undefined) return {};
  const existing = (...names: readonly string[]) =>
    names.map((name) => join(basedir, name)).find((folder) => existsSync(folder)) ?? basedir;
  const share = existing('share/mysql', 'share/mariadb');
  return {
    basedir,
    'lc-messages-dir': share,
    'character-sets-dir': join(share, 'charsets'),
    'plugin-dir': existing('lib/mysql/plugin', 'lib/mariadb/plugin'),
  };
}
