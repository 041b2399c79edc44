import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user a server must run as instead of root; undefined where this process is not root.
 *
 * PostgreSQL refuses to run as root, and a MariaDB of root would lend its file access to
 * everybody on this machine.
 *
 * @throws {Error} This machine has none of the users.
 */
export function findServerUser(...preferred: readonly string[]): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const names = [...preferred, 'nobody'];
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map(parseUser);
  for (const name of names) {
    const user = users.find((candidate) => candidate.name === name);
    if (user) return user;
  }
  throw new Error(`none of the users ${names.join(', ')} exists to run a server as`);
}

/** Whether a user may walk down to `path`; true where no other user is needed. */
export function mayReach(path: string, user: ServerUser | undefined): boolean {
  if (!user) return true;
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function parseUser(line: string): ServerUser {
  const [name = '', , uid, gid] = line.split(':');
  return { name, uid: Number(uid), gid: Number(gid) };
}
