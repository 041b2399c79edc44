import type { DataSource } from 'typeorm';
import { unitOfWork } from '../../lib/index';
import { PackageRevision } from './entities';
import type { LifecycleDone, OperationOptions } from './operation';

/** Proposes or publishes a package: one column is written, and the files are not even read. */
export async function changeLifecycle(
  dataSource: DataSource,
  id: number,
  lifecycle: string,
  { isolation, think }: OperationOptions = {},
): Promise<LifecycleDone> {
  return unitOfWork(
    dataSource,
    async (uow) => {
      const revision = await uow.findOneByOrFail(PackageRevision, { id });
      await think?.(uow.manager);
      const hasChanged = revision.lifecycle !== lifecycle;
      revision.lifecycle = lifecycle;
      return { attempts: uow.attempt, hasChanged };
    },
    { name: 'change lifecycle', isolation },
  );
}
