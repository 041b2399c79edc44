import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { testedTypeorm } from '../support/tested-typeorm';

const root = path.resolve(__dirname, '..', '..');

/** Packs this package and installs it, as a user would, into a new project in `folder`. */
export function installPackage(folder: string): void {
  cpSync(path.join(__dirname, 'programs'), folder, { recursive: true });

  const packed = npm(copyRepository(folder), 'pack', '--silent', '--pack-destination', folder);
  writeProject(folder, packed.trim());
  npm(folder, 'install', '--prefer-offline', '--strict-peer-deps', '--no-audit', '--no-fund');
}

/** Packing builds first, and two runs of this test must not build into one dist/. */
function copyRepository(folder: string): string {
  const copy = path.join(folder, 'copy');
  const left = new Set(['.git', '.cache', 'coverage', 'dist', 'node_modules']);
  cpSync(root, copy, { recursive: true, filter: (from) => !left.has(path.basename(from)) });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

function npm(cwd: string, ...args: string[]): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: 'pipe' });
}

interface Lock {
  readonly packages: Record<string, { version: string }>;
}

/**
 * Writes a project with the versions of our own lock file.
 *
 * So npm finds everything in the cache that `npm ci` filled, and the test needs no network.
 */
function writeProject(folder: string, tarball: string): void {
  const ours: Lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const tested = testedTypeorm;
  const versionOf = (name: string) => ours.packages[`node_modules/${name}`]?.version;
  const dependencies = {
    'typeorm-unit-of-work': `file:${tarball}`,
    typeorm: versionOf(tested),
    'reflect-metadata': versionOf('reflect-metadata'),
    pg: versionOf('pg'),
    mysql2: versionOf('mysql2'),
  };
  const packages = Object.entries(ours.packages)
    .filter(([where]) => where !== '' && !isOtherTypeorm(where, tested))
    .map(([where, entry]) => [
      where.replace(`node_modules/${tested}`, 'node_modules/typeorm'),
      entry,
    ]);
  const project = { name: 'package-user', private: true, dependencies };
  const lock = {
    name: project.name,
    lockfileVersion: 3,
    packages: { '': project, ...Object.fromEntries(packages) },
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(project));
  writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify(lock));
}

function isOtherTypeorm(where: string, tested: string): boolean {
  const name = /^node_modules\/(typeorm(?:-03(?:20)?)?)(\/|$)/.exec(where)?.[1];
  return name !== undefined && name !== tested;
}
