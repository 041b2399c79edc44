import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import type { Programs } from './installation';
import { lastLines, messageOf } from './run-command';
import type { Workspace } from './workspace';

const startTimeoutMs = 30_000;

export interface RunningServer {
  readonly port: number;
  readonly version: string;
  readonly logFile: string;
  stop(): Promise<void>;
  /** Ends it by SIGKILL and starts it again on the same port. */
  crash(): Promise<void>;
}

export interface ServerPlan {
  readonly programs: Programs;
  readonly workspace: Workspace;
  readonly parametersFor: (port: number) => readonly string[];
  /** Answers the version once the server accepts connections, rejects before that. */
  readonly askVersion: (port: number) => Promise<string>;
}

/**
 * Runs a server as a process of its own on a free port and resolves when it answers.
 *
 * @throws {Error} It ended or kept silent; the message ends with the last lines of its log.
 */
export async function runServer(plan: ServerPlan, chances = 3): Promise<RunningServer> {
  try {
    return await runOnPort(plan, await findFreePort());
  } catch (error) {
    // Another process may take a free port before the server does.
    if (chances > 1 && /already in use/i.test(messageOf(error)))
      return runServer(plan, chances - 1);
    throw error;
  }
}

async function runOnPort(plan: ServerPlan, port: number): Promise<RunningServer> {
  const logFile = join(plan.workspace.folder, 'server.log');
  let launched = launch(plan, port, logFile);
  const end = () => endServer(launched, plan.workspace.endSignal);
  try {
    const version = await firstAnswer(() => plan.askVersion(port), launched.ended);
    const crash = async () => {
      await endServer(launched, 'SIGKILL');
      launched = await launchAgain(plan, port, logFile);
    };
    return { port, version, logFile, crash, stop: end };
  } catch (error) {
    await end();
    const said = lastLines(await readFile(logFile, 'utf8'), 6);
    throw new Error(`${messageOf(error)}; its log: ${said}`, { cause: error });
  }
}

/** A process, and how it ended once it has. */
interface Launched {
  readonly server: ChildProcess;
  readonly ended: Promise<string>;
}

function launch({ programs, workspace, parametersFor }: ServerPlan, port: number, logFile: string) {
  const log = openSync(logFile, 'a', 0o644);
  const server = spawn(programs.server, parametersFor(port), {
    cwd: workspace.folder,
    env: programs.env,
    ...(workspace.user && { uid: workspace.user.uid, gid: workspace.user.gid }),
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  if (server.pid !== undefined) workspace.watch(server.pid);
  server.unref();
  const ended = new Promise<string>((resolve) => {
    server.once('exit', (code, signal) => resolve(`ended with ${code ?? signal}`));
    server.once('error', (error) => resolve(`did not start: ${error.message}`));
  });
  return { server, ended };
}

/** PostgreSQL refuses to start as long as one of the processes of the dead server is still there. */
async function launchAgain(plan: ServerPlan, port: number, logFile: string): Promise<Launched> {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    const launched = launch(plan, port, logFile);
    try {
      await firstAnswer(() => plan.askVersion(port), launched.ended);
      return launched;
    } catch (error) {
      await endServer(launched, 'SIGKILL');
      if (Date.now() > deadline) throw error;
    }
  }
}

async function firstAnswer(ask: () => Promise<string>, ended: Promise<string>): Promise<string> {
  let gone: string | undefined;
  void ended.then((how) => (gone = how));
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (gone !== undefined) throw new Error(`the server ${gone}`, { cause: error });
      if (Date.now() > deadline) {
        const reason = messageOf(error);
        throw new Error(`the server gave no answer within 30 s (${reason})`, { cause: error });
      }
      await wait(20);
    }
  }
}

/** Nothing of a server is kept, so it need not shut down in order. */
async function endServer({ server, ended }: Launched, signal: NodeJS.Signals): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  server.ref();
  server.kill(signal);
  const patience = setTimeout(() => server.kill('SIGKILL'), 1_000);
  await ended;
  clearTimeout(patience);
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address.port);
      });
    });
  });
}
