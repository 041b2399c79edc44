import type { DataSource } from 'typeorm';

import { entities, Workspace } from '../../../examples/coder/entities';
import type { Scenario } from '../scenario';
import { inspect } from './inspect';
import { Announcement, FinishedCreator } from './ledger';
import { workspaces } from './stage';
import { work } from './work';

/** Creators, workers, cancelers and a reaper on one queue of jobs. */
export const coder: Scenario = {
  name: 'coder',
  system: 'coder',
  bug: 'jobs claimed without their build, twice, or after they were cancelled',
  entities: [...entities, Announcement, FinishedCreator],
  fill,
  work,
  inspect,
};

async function fill({ manager }: DataSource): Promise<void> {
  const ids = Array.from({ length: workspaces }, (_, index) => index + 1);
  await manager.insert(
    Workspace,
    ids.map((id) => ({ id })),
  );
}
