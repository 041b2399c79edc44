import type { Version } from '../../../../examples/nuget/edits';
import { entities, Package, PackageRegistration } from '../../../../examples/nuget/entities';
import { onEachDatabase, type TestDatabase } from '../../../setup/on-each-database';

/** What is known of a version, as a person would write it: '2 listed latest', or '1' of an unlisted one. */
export type Description = string;

export const name = 'left-pad';

/** Defines tests on every database, each of which finds no registration. */
export function onEachRegistry(title: string, define: (database: TestDatabase) => void): void {
  onEachDatabase(title, entities, (database) => {
    beforeEach(async () => {
      for (const entity of [Package, PackageRegistration]) {
        await database.source.createQueryBuilder().delete().from(entity).execute();
      }
    });

    define(database);
  });
}

/** Stores a registration, whose row version is 1, with these versions. */
export async function store(
  { source: { manager } }: TestDatabase,
  descriptions: readonly Description[],
): Promise<void> {
  const { id: registrationId } = await manager.save(
    Object.assign(new PackageRegistration(), { name }),
  );
  const rows = descriptions.map(readDescription);
  await manager.insert(
    Package,
    rows.map((row) => ({ registrationId, ...row })),
  );
}

/** The rows as another connection sees them. */
export async function stored({ source }: Pick<TestDatabase, 'source'>) {
  const { rowVersion, packages = [] } = await source.manager.findOneOrFail(PackageRegistration, {
    where: { name },
    relations: { packages: true },
    order: { packages: { versionSort: 'ASC' } },
  });
  return { rowVersion, versions: packages.map(describeVersion) };
}

export function readDescription(description: Description): Version {
  const [version, ...words] = description.split(' ');
  return {
    versionSort: Number(version),
    listed: words.includes('listed'),
    isLatest: words.includes('latest'),
  };
}

export function describeVersion({ versionSort, listed, isLatest }: Version): Description {
  return [versionSort, ...(listed ? ['listed'] : []), ...(isLatest ? ['latest'] : [])].join(' ');
}
