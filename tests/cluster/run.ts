import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { announceOnStderr } from '../setup/databases/database-server';
import { secondsSince } from '../setup/databases/debian-packages';
import { messageOf } from '../setup/databases/run-command';
import { findServerUser } from '../setup/databases/server-user';
import { Cluster } from './nodes/cluster';
import { nodeCount, planCluster } from './nodes/plan';
import { findClusterPrograms } from './nodes/programs';
import { findClusterFolder, makeClusterFolder, readPlan, writePlan } from './nodes/state-file';

const usage = `npm run cluster -- COMMAND: a MariaDB Galera cluster of three nodes on this machine

  start       starts three nodes on fresh data, from Debian's packages (as root)
  status      says how each node is
  kill N      ends node N by SIGKILL
  up N        starts node N again and waits until it has caught up
  pause N     stops node N in the middle of whatever it does; the others give it up after 2 s
  resume N    lets it go on
  stop        ends all nodes and removes their files
  --help      prints this
`;

const print = (text: string) => process.stdout.write(`${text}\n`);

async function main([command, argument, ...others]: readonly string[]): Promise<void> {
  if (command === undefined || command === '--help') return void process.stdout.write(usage);
  const withNumber: Readonly<Record<string, (cluster: Cluster, number: number) => unknown>> = {
    kill: async (cluster, number) => said(await cluster.kill(number), number, 'killed'),
    up: (cluster, number) => cluster.up(number),
    pause: (cluster, number) => said(cluster.pause(number), number, 'paused'),
    resume: (cluster, number) => said(cluster.resume(number), number, 'goes on'),
  };
  const plain: Readonly<Record<string, () => Promise<unknown>>> = {
    start,
    status: async () => runningCluster(),
    stop,
  };
  const change = withNumber[command];
  const isComplete = change ? /^\d+$/.test(argument ?? '') : argument === undefined;
  if (!isComplete || others.length > 0 || !(change ?? plain[command])) {
    throw new Error(`this is no command: ${process.argv.slice(2).join(' ')}\n\n${usage}`);
  }
  if (change) await change(runningCluster(), Number(argument));
  else await plain[command]?.();
  if (command !== 'stop') for (const line of await runningCluster().status()) print(line);
}

async function start(): Promise<void> {
  if (findClusterFolder()) throw new Error('a cluster is there already: stop it first');
  const startedAt = Date.now();
  const programs = await findClusterPrograms(announceOnStderr);
  const user = findServerUser('mysql');
  const folder = await makeClusterFolder(user);
  try {
    const folders = Array.from({ length: nodeCount }, (_, i) => join(folder, `node-${i + 1}`));
    const plan = await planCluster(folders, programs, user);
    await writePlan(folder, plan);
    await new Cluster(plan).start();
  } catch (error) {
    await stopAll(folder);
    throw error;
  }
  print(
    `ready after ${secondsSince(startedAt)} s; each node takes root at 127.0.0.1 without a password`,
  );
}

async function stop(): Promise<void> {
  const folder = findClusterFolder();
  if (folder !== undefined) await stopAll(folder);
  print(folder === undefined ? 'there is no cluster' : 'stopped');
}

async function stopAll(folder: string): Promise<void> {
  const plan = readPlan(folder);
  if (plan) await new Cluster(plan).stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** @throws {Error} Nobody has started one. */
function runningCluster(): Cluster {
  const folder = findClusterFolder();
  const plan = folder === undefined ? undefined : readPlan(folder);
  if (plan) return new Cluster(plan);
  throw new Error('there is no cluster: npm run cluster -- start');
}

function said(wasRunning: boolean, number: number, done: string): void {
  print(wasRunning ? `node ${number} ${done}` : `node ${number} is not running`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
});
