import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first folder that has all the programs. @throws {Error} None has: the folders are named. */
export function findFolderWith(programs: readonly string[], folders: readonly string[]): string {
  const found = folders.find((folder) => programs.every((name) => isProgram(join(folder, name))));
  if (found !== undefined) return found;
  throw new Error(`no folder has ${programs.join(' and ')}; looked in ${folders.join(', ')}`);
}

/** The folders of PATH, then those that Debian keeps servers in. */
export function programFolders(root = '/'): string[] {
  const path = root === '/' ? (process.env['PATH'] ?? '').split(delimiter) : [];
  const usual = ['usr/sbin', 'usr/bin', 'usr/local/sbin', 'usr/local/bin', 'usr/libexec'];
  const folders = [...path, ...postgresFolders(root), ...usual.map((name) => join(root, name))];
  return [...new Set(folders)].filter(Boolean);
}

function postgresFolders(root: string): string[] {
  const parent = join(root, 'usr/lib/postgresql');
  return listFolder(parent)
    .toSorted((one, other) => Number(other) - Number(one))
    .map((version) => join(parent, version, 'bin'));
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
