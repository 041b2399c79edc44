import { IsNull, LessThan, type DataSource, type EntityManager } from 'typeorm';
import { unitOfWork } from '../../lib/index';
import { Execution, ProvisionerJob } from './entities';
import type { OperationOptions } from './operation';

/**
 * requeued: its worker was lost before it began to run, so another one may claim it. failed: it had
 * begun, and nobody may run it a second time. alive: its worker was heard of after all.
 */
export type Fate = 'requeued' | 'failed' | 'alive';

/** The jobs whose workers were not heard of since; a plain read outside any unit, which locks nothing. */
export async function findStaleJobs(dataSource: DataSource, since: Date): Promise<number[]> {
  const jobs = await dataSource.manager.find(ProvisionerJob, {
    select: { id: true },
    where: { heartbeatAt: LessThan(since), completedAt: IsNull() },
  });
  return jobs.map(({ id }) => id);
}

/** Takes a job from a worker that was not heard of; one that is alive after all must stop. */
export async function reapJob(
  dataSource: DataSource,
  id: number,
  since: Date,
  { isolation, think }: OperationOptions = {},
): Promise<Fate> {
  return unitOfWork(
    dataSource,
    async (uow) => {
      const job = await uow.findOneByOrFail(ProvisionerJob, { id });
      const fate = await decide(uow.manager, job, since);
      await think?.(uow.manager);
      Object.assign(job, changesFor[fate]());
      return fate;
    },
    { name: 'reap', isolation },
  );
}

/** As it was done: the row is written whatever its worker did in between. */
export async function reapWithSave(
  dataSource: DataSource,
  id: number,
  since: Date,
  { isolation = 'READ COMMITTED', think }: OperationOptions = {},
): Promise<Fate> {
  return dataSource.transaction(isolation, async (manager) => {
    const job = await manager.findOneByOrFail(ProvisionerJob, { id });
    const fate = await decide(manager, job, since);
    await think?.(manager);
    await manager.save(Object.assign(job, changesFor[fate]()));
    return fate;
  });
}

/** The execution is added with a change of the job, so the job's version guards what is read here. */
async function decide(
  manager: EntityManager,
  { id, heartbeatAt, completedAt }: ProvisionerJob,
  since: Date,
): Promise<Fate> {
  if (!heartbeatAt || heartbeatAt >= since || completedAt) return 'alive';
  return (await manager.existsBy(Execution, { jobId: id })) ? 'failed' : 'requeued';
}

const changesFor: Readonly<Record<Fate, () => Partial<ProvisionerJob>>> = {
  requeued: () => ({ startedAt: null, workerId: null, heartbeatAt: null }),
  failed: () => ({ completedAt: new Date() }),
  alive: () => ({}),
};
