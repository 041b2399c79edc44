import type { DataSource } from 'typeorm';
import { unitOfWork, type UnitOfWork } from '../../lib/index';
import { derivedFrom, resourcesOf, type Content } from './content';
import { PackageRevision } from './entities';
import type { Done, OperationOptions } from './operation';

/** Replaces all files of a package. */
export async function push(
  dataSource: DataSource,
  id: number,
  content: Content,
  { isolation, think }: OperationOptions = {},
): Promise<Done> {
  return unitOfWork(
    dataSource,
    async (uow) => {
      const revision = await uow.findOneByOrFail(PackageRevision, { id });
      const { contentTag: replaced } = revision;
      await think?.(uow.manager);
      await replaceContent(uow, revision, content);
      return { attempts: uow.attempt, replaced };
    },
    { name: 'push', isolation },
  );
}

/** Files that are as they were are not written; the row version of the package is checked first. */
export async function replaceContent(
  uow: UnitOfWork,
  revision: PackageRevision,
  content: Content,
): Promise<void> {
  Object.assign(revision, derivedFrom(content));
  await uow.replaceParts(revision, 'resources', resourcesOf(content));
}
