import { existsSync } from 'node:fs';
import { join } from 'node:path';

import {
  installPackages,
  unpackedFolder,
  unpackPackages,
} from '../../setup/databases/debian-packages';
import type { Announce } from '../../setup/databases/database-server';
import { findFolderWith, programFolders } from '../../setup/databases/find-programs';
import { messageOf } from '../../setup/databases/run-command';

/** What nodes are made of, as absolute paths. */
export interface ClusterPrograms {
  readonly server: string;
  readonly initializer: string;
  /** Galera itself, which the server loads. */
  readonly provider: string;
  /** The folder of the scripts by which a node gives its data to another one. */
  readonly scripts: string;
}

// lsof is how the script of a node that receives data sees that it listens.
const packages = ['galera-4', 'mariadb-server-core', 'mariadb-client-core', 'rsync', 'lsof'];
const unpacked = ['mariadb-server'];
const provider = '/usr/lib/galera/libgalera_smm.so';
const needed = ['mariadbd', 'mariadb-install-db', 'rsync', 'lsof'];

/** No cluster can run on this machine: the message says why, and what would help. */
class MissingClusterError extends Error {
  override readonly name = 'MissingClusterError';

  constructor(cause: unknown) {
    super(
      [
        `No Galera cluster can be had: ${messageOf(cause)}`,
        'Any one of these would help:',
        `  - on Debian 12 or a relative, run as root, and let apt-get reach its mirror`,
        `  - there, run as root: apt-get install ${packages.join(' ')}`,
      ].join('\n'),
      { cause },
    );
  }
}

/**
 * Finds what a cluster needs, and installs what is missing from Debian's packages.
 *
 * The scripts stand in a package that would also set up a server of this machine, so that one is only
 * unpacked.
 *
 * @throws {MissingClusterError} Not root, or no packages.
 */
export async function findClusterPrograms(announce: Announce): Promise<ClusterPrograms> {
  try {
    // Servers give up the rights of root, and nobody else may signal them.
    if (process.getuid?.() !== 0) throw new Error('the nodes are started by root');
    if (!isInstalled()) await installPackages(packages, announce);
    return { ...findServer(), provider, scripts: await findScripts(announce) };
  } catch (error) {
    throw new MissingClusterError(error);
  }
}

/** Whether nothing is missing on this machine, not even the rights. */
export function isReadyForCluster(): boolean {
  return process.getuid?.() === 0 && isInstalled() && hereAreScripts() !== undefined;
}

function isInstalled(): boolean {
  const isThere = (name: string) =>
    programFolders().some((folder) => existsSync(join(folder, name)));
  return existsSync(provider) && needed.every(isThere);
}

function findServer(): Pick<ClusterPrograms, 'server' | 'initializer'> {
  const find = (name: string) => join(findFolderWith([name], programFolders()), name);
  return { server: find('mariadbd'), initializer: find('mariadb-install-db') };
}

async function findScripts(announce: Announce): Promise<string> {
  return hereAreScripts() ?? join(await unpackPackages(unpacked, announce), 'usr/bin');
}

function hereAreScripts(): string | undefined {
  const folders = [...programFolders(), join(unpackedFolder(unpacked), 'usr/bin')];
  return folders.find((folder) => existsSync(join(folder, 'wsrep_sst_rsync')));
}
