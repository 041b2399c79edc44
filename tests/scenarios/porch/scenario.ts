import type { DataSource } from 'typeorm';

import { entities, PackageRevision, Resource } from '../../../examples/porch/entities';
import type { Scenario } from '../scenario';
import { inspect } from './inspect';
import { Replacement } from './ledger';
import { work } from './work';
import { packages } from './writer';

/** Pushes, changes of lifecycles and slow renders of four packages. */
export const porch: Scenario = {
  name: 'porch',
  system: 'Nephio porch',
  bug: 'files of two writers mixed, or overwritten unseen',
  entities: [...entities, Replacement],
  fill,
  work,
  inspect,
};

async function fill({ manager }: DataSource): Promise<void> {
  const tag = 'first';
  await manager.insert(
    PackageRevision,
    packages.map((id) => ({ id, contentTag: tag })),
  );
  const file = { resourceKey: 'Kptfile', resourceValue: tag, writerTag: tag };
  await manager.insert(
    Resource,
    packages.map((revisionId) => ({ ...file, revisionId })),
  );
}
