import type { Content } from '../../../../examples/porch/content';
import { entities, PackageRevision, Resource } from '../../../../examples/porch/entities';
import { onEachDatabase, type TestDatabase } from '../../../setup/on-each-database';

export const id = 1;

/** Content whose every file says whose it is. */
export const contentOf = (tag: string, ...files: readonly string[]): Content => ({
  tag,
  files: Object.fromEntries(files.map((file) => [file, tag])),
});

// The new names stand on either side of what is there already, in the order of every database.
export const first = contentOf('first', 'Kptfile', 'old');
export const anns = contentOf('ann', 'Kptfile', 'apple');
export const bobs = contentOf('bob', 'Kptfile', 'zebra');

/** Defines tests on every database, each of which finds one package with the first content. */
export function onEachPackage(title: string, define: (database: TestDatabase) => void): void {
  onEachDatabase(title, entities, (database) => {
    beforeEach(async () => {
      const { manager } = database.source;
      for (const entity of [Resource, PackageRevision]) {
        await manager.createQueryBuilder().delete().from(entity).execute();
      }
      await manager.insert(PackageRevision, { id, contentTag: 'first' });
      const row = { revisionId: id, resourceValue: 'first', writerTag: 'first' };
      await manager.insert(
        Resource,
        Object.keys(first.files).map((resourceKey) => ({ ...row, resourceKey })),
      );
    });

    define(database);
  });
}

/** The rows as another connection sees them; of each file the one who wrote it. */
export async function stored({ source: { manager } }: TestDatabase) {
  const { contentTag, lifecycle, rowVersion } = await manager.findOneByOrFail(PackageRevision, {
    id,
  });
  const resources = await manager.findBy(Resource, { revisionId: id });
  const files = Object.fromEntries(
    resources.map(({ resourceKey, writerTag }) => [resourceKey, writerTag]),
  );
  return { tag: contentTag, lifecycle, rowVersion, files };
}
