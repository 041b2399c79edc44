import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '..', '..');

/** The text of a file, by its path from the top of the repository. */
export const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** The files of the repository that are committed or staged, with `/` between folders. */
export function repositoryFiles(): string[] {
  try {
    // Containers often build a checkout that belongs to another user; only reading it is harmless.
    const git = ['-c', 'safe.directory=*', 'ls-files', '-z'];
    const listed = execFileSync('git', git, { cwd: root, encoding: 'utf8', stdio: 'pipe' });
    return listed.split('\0').filter((file) => file !== '' && existsSync(path.join(root, file)));
  } catch {
    return filesWithoutGit();
  }
}

/** For a source archive, which has no history: every file but what the tools make. */
function filesWithoutGit(): string[] {
  const made = /^(\.git|node_modules|dist|coverage|\.cache)(\/|$)|\.tgz$/;
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !made.test(file));
}
