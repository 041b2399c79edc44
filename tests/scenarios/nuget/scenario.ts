import type { DataSource } from 'typeorm';

import { entities, Package, PackageRegistration } from '../../../examples/nuget/entities';
import type { Scenario } from '../scenario';
import { inspect } from './inspect';
import { names, versions, work } from './work';

/** Pushes, unlists, relists and deletes of few versions of few packages. */
export const nuget: Scenario = {
  name: 'nuget',
  system: 'NuGet',
  bug: 'several latest versions, or an unlisted one',
  entities,
  fill,
  work,
  inspect,
};

/** All versions are there and none is listed. */
async function fill({ manager }: DataSource): Promise<void> {
  for (const name of names) {
    const { id: registrationId } = await manager.save(
      Object.assign(new PackageRegistration(), { name }),
    );
    await manager.insert(
      Package,
      versions.map((versionSort) => ({ registrationId, versionSort, listed: false })),
    );
  }
}
