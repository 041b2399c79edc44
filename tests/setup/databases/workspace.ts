import { spawn } from 'node:child_process';
import { chmod, chown, mkdtemp, realpath, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { mayReach, type ServerUser } from './server-user';

/** A temporary folder of one server, and the promise that neither outlives this process. */
export interface Workspace {
  readonly folder: string;
  readonly user: ServerUser | undefined;
  readonly endSignal: NodeJS.Signals;
  /** Ends this process id too when the own process dies, however it dies. */
  watch(pid: number): void;
  remove(): Promise<void>;
}

// Sees its standard input end whenever the own process is gone, by SIGKILL too, where no handler
// of ours would run. It ends what it was told to watch, then clears up.
const guardScript = `
while read -r line; do server=$line; done
if [ -n "$server" ]; then
  kill -s "$2" "$server" 2>/dev/null
  for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$server" 2>/dev/null || break; sleep 0.1; done
  kill -KILL "$server" 2>/dev/null
fi
# Programs that fill the folder may need a moment to notice that it is going.
for i in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" 2>/dev/null && break; sleep 0.3; done
`;

export interface WorkspaceOptions {
  readonly name: string;
  readonly user: ServerUser | undefined;
  /** The signal that ends the server of this workspace together with its children, at once. */
  readonly endSignal: NodeJS.Signals;
}

export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { name, user, endSignal } = options;
  const parent = [tmpdir(), '/tmp'].find((folder) => mayReach(folder, user)) ?? tmpdir();
  const folder = await mkdtemp(join(await realpath(parent), `typeorm-unit-of-work-${name}-`));
  await chmod(folder, 0o700);
  if (user) await chown(folder, user.uid, user.gid);

  const signalName = endSignal.replace('SIG', '');
  const guard = spawn('/bin/sh', ['-c', guardScript, 'guard', folder, signalName], {
    cwd: '/',
    // A session of its own: Ctrl-C reaches every process of the terminal's group.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  // A guard that is gone has nobody to tell.
  guard.stdin.on('error', () => undefined);
  (guard.stdin as Socket).unref();

  return {
    folder,
    user,
    endSignal,
    watch: (pid) => void guard.stdin.write(`${pid}\n`),
    remove: async () => {
      guard.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
