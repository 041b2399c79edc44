import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

import type { ServerUser } from '../../setup/databases/server-user';
import type { ClusterPrograms } from './programs';

/** One node of a cluster: where its files are and which ports of loopback it uses. */
export interface NodePlan {
  readonly number: number;
  readonly folder: string;
  /** sql: clients. group: other nodes. ist, sst: a part or all of the data, when it joins. */
  readonly ports: Readonly<Record<'sql' | 'group' | 'ist' | 'sst', number>>;
}

/** Everything that a later command must know; it is kept as JSON. */
export interface ClusterPlan {
  readonly programs: ClusterPrograms;
  readonly user: ServerUser | undefined;
  readonly nodes: readonly NodePlan[];
}

export const nodeCount = 3;

/** @param folders Where the nodes live, one each: the user of the servers must reach them. */
export async function planCluster(
  folders: readonly string[],
  programs: ClusterPrograms,
  user: ServerUser | undefined,
): Promise<ClusterPlan> {
  const taken = new Set<number>();
  const nodes: NodePlan[] = [];
  for (const [index, folder] of folders.entries()) {
    const ports = {
      sql: await freePort(taken),
      group: await freePort(taken),
      ist: await freePort(taken),
      sst: await freePort(taken),
    };
    nodes.push({ number: index + 1, folder, ports });
  }
  return { programs, user, nodes };
}

// Below the ports that outgoing connections get: one of those could take the port of a dead node.
const [lowestPort, highestPort] = [12_000, 30_000];

async function freePort(taken: Set<number>): Promise<number> {
  for (;;) {
    const port = randomInt(lowestPort, highestPort);
    if (taken.has(port) || !(await isFree(port))) continue;
    taken.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

export const urlOf = ({ ports }: NodePlan): string => `mariadb://root@127.0.0.1:${ports.sql}/mysql`;
