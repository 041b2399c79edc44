import { announceOnStderr } from '../../setup/databases/database-server';
import { secondsSince } from '../../setup/databases/debian-packages';
import { findServerUser } from '../../setup/databases/server-user';
import { openWorkspace } from '../../setup/databases/workspace';
import { Cluster } from '../nodes/cluster';
import { nodeCount, planCluster } from '../nodes/plan';
import { findClusterPrograms } from '../nodes/programs';

/** A cluster that ends with this process, however that ends. */
export interface OpenCluster {
  readonly cluster: Cluster;
  close(): Promise<void>;
}

/** Starts a cluster of its own. @throws {MissingClusterError} It cannot be had. */
export async function openCluster(): Promise<OpenCluster> {
  const startedAt = Date.now();
  const programs = await findClusterPrograms(announceOnStderr);
  const user = findServerUser('mysql');
  const open = (number: number) =>
    openWorkspace({ name: `node-${number}`, user, endSignal: 'SIGKILL' });
  const workspaces = await Promise.all(Array.from({ length: nodeCount }, (_, i) => open(i + 1)));
  const folders = workspaces.map(({ folder }) => folder);
  const plan = await planCluster(folders, programs, user);
  const cluster = new Cluster(plan, ({ number }, pid) => workspaces[number - 1]?.watch(pid));
  const close = async () => {
    await cluster.stop();
    await Promise.all(workspaces.map((workspace) => workspace.remove()));
  };
  try {
    await cluster.start();
  } catch (error) {
    await close();
    throw error;
  }
  announceOnStderr(
    `Galera cluster of ${nodeCount} nodes is ready after ${secondsSince(startedAt)} s`,
  );
  return { cluster, close };
}
