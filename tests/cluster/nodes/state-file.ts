import { existsSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { mayReach, type ServerUser } from '../../setup/databases/server-user';
import type { ClusterPlan } from './plan';

// One for this machine: a second one would be found by nobody.
const folderName = 'typeorm-unit-of-work-cluster';
const planName = 'plan.json';

/** The folder of the cluster that commands share. */
export async function makeClusterFolder(user: ServerUser | undefined): Promise<string> {
  const parent = mayReach(tmpdir(), user) ? tmpdir() : '/tmp';
  const folder = join(parent, folderName);
  // Whoever is second fails here.
  await mkdir(folder);
  await chmod(folder, 0o711);
  return folder;
}

/** Where the command before has started a cluster, if it has; somebody else's is none to be trusted. */
export function findClusterFolder(): string | undefined {
  return [tmpdir(), '/tmp']
    .map((folder) => join(folder, folderName))
    .find((path) => existsSync(path) && statSync(path).uid === process.getuid?.());
}

/** What runs in the folder of a cluster; `undefined`: nothing, for it was not even planned. */
export function readPlan(folder: string): ClusterPlan | undefined {
  const file = join(folder, planName);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ClusterPlan) : undefined;
}

export function writePlan(folder: string, plan: ClusterPlan): Promise<void> {
  return writeFile(join(folder, planName), JSON.stringify(plan, undefined, 2));
}
