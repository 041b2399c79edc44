import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { runCommand } from '../../setup/databases/run-command';

// Pinned, or figures of two days could not be compared.
export const mikroOrmVersion = '7.2.1';
const nodeVersion = '22.23.3';

/** What the child process of MikroORM is started with. */
export interface Installation {
  /** The Node that runs it: this one, unless it is older than MikroORM takes. */
  readonly node: string;
  /** The folder whose node_modules holds MikroORM. */
  readonly folder: string;
}

const cache = join(__dirname, '../../../.cache/bench');

/**
 * Installs MikroORM, and a Node that it accepts, beside the project and not into it: `npm ci` must
 * stay small and run on the oldest Node that the library supports.
 *
 * @throws {Error} npm cannot have them.
 */
export async function installMikroOrm(say: (line: string) => void): Promise<Installation> {
  const { platform, arch } = process;
  const nodePackage = `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
  const needsNode = isTooOld(process.versions.node);
  const packages = [
    ...['core', 'postgresql', 'mariadb'].map((name) => `@mikro-orm/${name}@${mikroOrmVersion}`),
    ...(needsNode ? [`${nodePackage}@${nodeVersion}`] : []),
  ];
  const node = needsNode ? `node-${nodeVersion}` : 'own-node';
  const folder = join(cache, `mikro-orm-${mikroOrmVersion}-${node}-${platform}-${arch}`);
  if (!existsSync(folder)) await install(packages, folder, say);
  const binary = platform === 'win32' ? 'node.exe' : 'node';
  const ownNode = join(folder, 'node_modules', nodePackage, 'bin', binary);
  return { folder, node: needsNode ? ownNode : process.execPath };
}

/** MikroORM 7 wants 22.17. */
function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < 22 || (major === 22 && minor < 17);
}

async function install(
  packages: readonly string[],
  folder: string,
  say: (line: string) => void,
): Promise<void> {
  say(`installing ${packages.join(', ')} …`);
  await mkdir(dirname(folder), { recursive: true });
  const staging = await mkdtemp(`${folder}-`);
  try {
    // With a manifest of its own npm does not climb up to that of the project.
    await writeFile(join(staging, 'package.json'), '{ "private": true }\n');
    const quietly = ['--no-audit', '--no-fund', '--ignore-scripts'];
    await runCommand('npm', ['install', ...quietly, ...packages], { cwd: staging });
    await rename(staging, folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
