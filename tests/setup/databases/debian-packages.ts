import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Announce } from './database-server';
import { isProgram } from './find-programs';
import { runCommand } from './run-command';

const projectFolder = join(__dirname, '..', '..', '..');

const underway = new Map<string, Promise<unknown>>();

/** Two servers that start side by side need the same packages only once. */
function once<T>(what: string, work: () => Promise<T>): Promise<T> {
  const earlier = underway.get(what) as Promise<T> | undefined;
  const current = earlier ?? work();
  underway.set(what, current);
  return current;
}

/** Installs packages on this machine. @throws {Error} Not root, no apt-get, or apt-get failed. */
export function installPackages(packages: readonly string[], announce: Announce): Promise<void> {
  return once(`install ${packages.join(' ')}`, () => install(packages, announce));
}

async function install(packages: readonly string[], announce: Announce): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('only root may install packages');
  requireApt();
  announce(`installing the Debian packages ${packages.join(', ')} …`);
  const startedAt = Date.now();
  // Another process of ours may be doing the same.
  const patient = ['-o', 'DPkg::Lock::Timeout=300'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await runCommand('apt-get', [...patient, 'update'], { env });
  const parameters = [...patient, 'install', '-y', '--no-install-recommends', ...packages];
  await runCommand('apt-get', parameters, { env });
  announce(`installed in ${secondsSince(startedAt)} s`);
}

/**
 * Unpacks packages, with what they need beyond this machine's own, into a folder of the project.
 *
 * Needs no rights and changes nothing on the machine; a later call finds the folder.
 *
 * @throws {Error} There is no apt-get, or it failed.
 */
export function unpackPackages(packages: readonly string[], announce: Announce): Promise<string> {
  return once(`unpack ${packages.join(' ')}`, () => unpack(packages, announce));
}

/** Where packages are unpacked; it exists if they are. */
export function unpackedFolder(packages: readonly string[]): string {
  return join(cacheFolder(), `${packages.join('+')}-${systemName()}`);
}

async function unpack(packages: readonly string[], announce: Announce): Promise<string> {
  const folder = unpackedFolder(packages);
  if (existsSync(folder)) return folder;
  requireApt();
  announce(`unpacking the Debian packages ${packages.join(', ')} …`);
  const startedAt = Date.now();
  await mkdir(dirname(folder), { recursive: true });
  const staging = await mkdtemp(`${folder}-`);
  try {
    for (const archive of await downloadPackages(packages, join(staging, 'download'))) {
      await runCommand('dpkg', ['-x', archive, join(staging, 'unpacked')]);
    }
    await publish(join(staging, 'unpacked'), folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  announce(`unpacked into ${folder} in ${secondsSince(startedAt)} s`);
  return folder;
}

async function downloadPackages(packages: readonly string[], folder: string): Promise<string[]> {
  for (const name of ['lists/partial', 'cache/archives/partial', 'packages']) {
    await mkdir(join(folder, name), { recursive: true });
  }
  // Lists and cache of its own, because those of the machine belong to root and may be empty.
  const settings = {
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
    'Debug::NoLocking': '1',
  };
  const own = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  await runCommand('apt-get', [...own, 'update']);
  const rehearse = [...own, 'install', '--simulate', '--no-install-recommends', ...packages];
  const plan = await runCommand('apt-get', rehearse);
  const missing = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
  // A package like postgresql is empty and only depends on that of one version.
  const depends = await runCommand('apt-cache', [...own, 'depends', ...packages]);
  const versions = [...depends.matchAll(/^(\S+)\n +Depends: (\1-\d+)$/gm)].map(
    ([, , name = '']) => name,
  );
  const wanted = [...new Set([...packages, ...versions, ...missing])];
  await runCommand('apt-get', [...own, 'download', ...wanted], { cwd: join(folder, 'packages') });
  const archives = await readdir(join(folder, 'packages'));
  return archives.map((name) => join(folder, 'packages', name));
}

/** A second process may have been faster; its folder is as good as ours. */
async function publish(unpacked: string, folder: string): Promise<void> {
  try {
    await rename(unpacked, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function requireApt(): void {
  if (!isProgram('/usr/bin/apt-get')) throw new Error('this machine has no apt-get');
}

const cacheFolder = (): string =>
  process.env['DATABASES_CACHE'] ?? join(projectFolder, '.cache', 'databases');

/** Programs of one release do not run on another. */
function systemName(): string {
  const release = readFileSync('/etc/os-release', 'utf8');
  const valueOf = (key: string) => new RegExp(`^${key}="?([^"\n]*)`, 'm').exec(release)?.[1];
  return [valueOf('ID'), valueOf('VERSION_ID'), process.arch].filter(Boolean).join('-');
}

export const secondsSince = (startedAt: number): string =>
  ((Date.now() - startedAt) / 1000).toFixed(1);
