import type { DataSource } from 'typeorm';
import { unitOfWork } from '../../lib/index';
import { ProvisionerJob } from './entities';
import type { OperationOptions } from './operation';

/** Cancels a job that nobody has started; tells whether it came in time. */
export async function cancelJob(
  dataSource: DataSource,
  id: number,
  { isolation, think }: OperationOptions = {},
): Promise<boolean> {
  return unitOfWork(
    dataSource,
    async (uow) => {
      const job = await uow.findOneByOrFail(ProvisionerJob, { id });
      await think?.(uow.manager);
      if (!isPending(job)) return false;
      job.canceledAt = new Date();
      return true;
    },
    { name: 'cancel', isolation },
  );
}

/** As it was done: a job that was started in between is cancelled all the same. */
export async function cancelWithSave(
  dataSource: DataSource,
  id: number,
  { isolation = 'READ COMMITTED', think }: OperationOptions = {},
): Promise<boolean> {
  return dataSource.transaction(isolation, async (manager) => {
    const job = await manager.findOneByOrFail(ProvisionerJob, { id });
    await think?.(manager);
    if (!isPending(job)) return false;
    job.canceledAt = new Date();
    await manager.save(job);
    return true;
  });
}

const isPending = ({ startedAt, canceledAt }: ProvisionerJob): boolean => !startedAt && !canceledAt;
