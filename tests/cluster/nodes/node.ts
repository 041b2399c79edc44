import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { programFolders } from '../../setup/databases/find-programs';
import { lastLines, messageOf, runCommand } from '../../setup/databases/run-command';
import { runSql } from '../../setup/databases/run-sql';
import { urlOf, type ClusterPlan, type NodePlan } from './plan';
import { settingsFile } from './settings';

/** How a node describes itself; `undefined` where it gives no answer. */
export interface NodeState {
  readonly isRunning: boolean;
  /** Whether it has all the data and takes part. */
  readonly isSynced: boolean;
  /** How many nodes it counts, itself included. */
  readonly size: number | undefined;
  readonly text: string;
}

const synced = 'Synced';
const syncTimeoutMs = 60_000;

/** Makes the folders and the settings of a node. */
export async function prepareNode(plan: ClusterPlan, node: NodePlan): Promise<void> {
  for (const name of ['', 'data', 'tmp']) await mkdir(join(node.folder, name), { recursive: true });
  await writeFile(settingsPath(node), settingsFile(plan, node));
  const scripts = join(node.folder, 'scripts');
  await mkdir(scripts, { recursive: true });
  for (const script of ['wsrep_sst_rsync', 'wsrep_sst_common']) {
    await cp(join(plan.programs.scripts, script), join(scripts, script));
  }
  const { user } = plan;
  if (user) await runCommand('chown', ['-R', `${user.uid}:${user.gid}`, node.folder]);
}

/** Fills the data folder of the first node; the others get their data from it. */
export async function initializeNode({ programs, user }: ClusterPlan, node: NodePlan) {
  const parameters = [
    // It must come first: the files of the machine describe another server.
    '--no-defaults',
    `--datadir=${join(node.folder, 'data')}`,
    '--auth-root-authentication-method=normal',
    '--skip-name-resolve',
    '--skip-test-db',
  ];
  await runCommand(programs.initializer, parameters, {
    cwd: node.folder,
    env: environmentOf(node),
    ...user,
  });
}

/** Starts the server of a node, and remembers its process. */
export async function launchNode(
  { programs, user }: ClusterPlan,
  node: NodePlan,
  parameters: readonly string[] = [],
): Promise<number> {
  const log = openSync(logPath(node), 'a', 0o644);
  const server = spawn(programs.server, [`--defaults-file=${settingsPath(node)}`, ...parameters], {
    cwd: node.folder,
    env: environmentOf(node),
    ...(user && { uid: user.uid, gid: user.gid }),
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  server.unref();
  if (server.pid === undefined) throw new Error(`${programs.server} did not start`);
  await writeFile(pidPath(node), String(server.pid));
  return server.pid;
}

/**
 * Where the data of a dead node ends: told so, it is given only what came later.
 *
 * @see https://galeracluster.com/library/documentation/crash-recovery.html
 */
export async function recoverPosition({ programs, user }: ClusterPlan, node: NodePlan) {
  const log = join(node.folder, 'recover.log');
  const parameters = [
    `--defaults-file=${settingsPath(node)}`,
    '--wsrep-recover',
    `--log-error=${log}`,
  ];
  await runCommand(programs.server, parameters, {
    cwd: node.folder,
    env: environmentOf(node),
    ...user,
  });
  const positions = [
    ...(await readFile(log, 'utf8')).matchAll(/Recovered position: ([\w-]+:\d+)/g),
  ];
  return positions.at(-1)?.[1];
}

/** Sends a signal to the server of a node, if that is running. */
export function signalNode(node: NodePlan, signal: NodeJS.Signals): boolean {
  const pid = pidOf(node);
  if (pid !== undefined) process.kill(pid, signal);
  return pid !== undefined;
}

/** Ends the server of a node without ceremony. */
export async function killNode(node: NodePlan): Promise<boolean> {
  const wasRunning = signalNode(node, 'SIGKILL');
  while (pidOf(node) !== undefined) await wait(5);
  return wasRunning;
}

export async function askNode(node: NodePlan): Promise<NodeState> {
  const pid = pidOf(node);
  if (pid === undefined)
    return { isRunning: false, isSynced: false, size: undefined, text: 'down' };
  try {
    const rows = await runSql('mariadb', urlOf(node), "SHOW STATUS LIKE 'wsrep%'");
    const status = new Map(rows.map((row) => [row['Variable_name'], String(row['Value'])]));
    const state = status.get('wsrep_local_state_comment');
    const isPrimary = status.get('wsrep_cluster_status') === 'Primary';
    const size = Number(status.get('wsrep_cluster_size'));
    const text = `${state}, ${size} nodes, ${status.get('wsrep_cluster_status')}`;
    return { isRunning: true, isSynced: state === synced && isPrimary, size, text };
  } catch (error) {
    const text = `no answer: ${messageOf(error)}`;
    return { isRunning: true, isSynced: false, size: undefined, text };
  }
}

/**
 * Waits until nodes count no dead ones any more.
 *
 * A node that comes back before it is missed looks to the others as two: they could not agree who takes
 * part, and all of them refused to (seen twice, when it came back after less than `evs.suspect_timeout`).
 */
export async function untilMissed(others: readonly NodePlan[]): Promise<void> {
  const deadline = Date.now() + syncTimeoutMs;
  for (;;) {
    const running = (await Promise.all(others.map(askNode))).filter(({ isRunning }) => isRunning);
    if (running.every(({ size = 0 }) => size <= running.length)) return;
    if (Date.now() > deadline) throw new Error('the others still count a node that is dead');
    await wait(50);
  }
}

/** @throws {Error} It ended, or took too long; the message ends with the last lines of its log. */
export async function untilSynced(node: NodePlan): Promise<void> {
  const deadline = Date.now() + syncTimeoutMs;
  for (;;) {
    const { isRunning, isSynced, text } = await askNode(node);
    if (isSynced) return;
    if (!isRunning || Date.now() > deadline) {
      const said = lastLines(await readFile(logPath(node), 'utf8'), 6);
      throw new Error(`node ${node.number} does not get ready (${text}); its log: ${said}`);
    }
    await wait(50);
  }
}

/** The process of a node; `undefined` if it has ended. */
export function pidOf(node: NodePlan): number | undefined {
  if (!existsSync(pidPath(node))) return undefined;
  const pid = Number(readFileSync(pidPath(node), 'utf8'));
  try {
    // Another process may have got the number since.
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return command.includes(settingsPath(node)) ? pid : undefined;
  } catch {
    return undefined;
  }
}

const settingsPath = ({ folder }: NodePlan): string => join(folder, 'server.cnf');
const pidPath = ({ folder }: NodePlan): string => join(folder, 'node.pid');
const logPath = ({ folder }: NodePlan): string => join(folder, 'server.log');

function environmentOf({ folder }: NodePlan): NodeJS.ProcessEnv {
  const path = [join(folder, 'scripts'), ...programFolders(), '/sbin', '/bin'].join(delimiter);
  return { ...process.env, PATH: path, TMPDIR: join(folder, 'tmp') };
}
