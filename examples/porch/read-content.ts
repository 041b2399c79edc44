import type { DataSource } from 'typeorm';
import { unitOfWork } from '../../lib/index';
import { contentOf, type ReadContent } from './content';
import { PackageRevision, Resource } from './entities';
import type { OperationOptions } from './operation';

/**
 * Reads a package and its files as they were at one moment.
 *
 * They come by two statements; in between nobody has changed the package, or it is read again.
 */
export async function readContent(
  dataSource: DataSource,
  id: number,
  { isolation, think }: OperationOptions = {},
): Promise<ReadContent> {
  return unitOfWork(
    dataSource,
    async (uow) => {
      const revision = await uow.findOneByOrFail(PackageRevision, { id });
      uow.assertUnchanged(revision);
      await think?.(uow.manager);
      return contentOf(revision, await uow.findBy(Resource, { revisionId: id }));
    },
    { name: 'read', isolation },
  );
}
