import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { edited, type Edit } from './mutant';

const repository = resolve(__dirname, '../..');

/** A copy of the repository in which a mutant may live. */
export class WorkTree {
  readonly folder = mkdtempSync(join(tmpdir(), 'mutant-'));

  constructor() {
    const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: repository, encoding: 'utf8' });
    for (const file of tracked.split('\0')) {
      const from = join(repository, file);
      // A file may have been deleted and not committed yet.
      if (file && existsSync(from)) cpSync(from, join(this.folder, file));
    }
    symlinkSync(join(repository, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /**
   * Changes files; the function that comes back puts them as they were.
   *
   * @throws {Error} The text of an edit does not stand in its file exactly once.
   */
  apply(edits: readonly Edit[]): () => void {
    const originals = new Map<string, string>();
    const texts = new Map<string, string>();
    for (const edit of edits) {
      const path = join(this.folder, edit.file);
      const original = originals.get(path) ?? readFileSync(path, 'utf8');
      originals.set(path, original);
      texts.set(path, edited(texts.get(path) ?? original, edit));
    }
    writeAll(texts);
    return () => writeAll(originals);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function writeAll(texts: ReadonlyMap<string, string>): void {
  for (const [path, text] of texts) writeFileSync(path, text);
}
