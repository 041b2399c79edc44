import type { DataSource } from 'typeorm';
import { unitOfWork } from '../../lib/index';
import { PackageRevision } from './entities';
import type { Done, OperationOptions } from './operation';

/** Proposes or publishes a package: one column is written, and the files are not even read. */
export async function changeLifecycle(
  dataSource: DataSource,
  id: number,
  lifecycle: string,
  { isolation, think }: OperationOptions = {},
): Promise<Pick<Done, 'attempts'>> {
  return unitOfWork(
    dataSource,
    async (uow) => {
      const revision = await uow.findOneByOrFail(PackageRevision, { id });
      await think?.(uow.manager);
      revision.lifecycle = lifecycle;
      return { attempts: uow.attempt };
    },
    { name: 'change lifecycle', isolation },
  );
}
