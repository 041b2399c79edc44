import type { DataSource } from 'typeorm';
import { unitOfWork, type IsolationLevel } from '../../lib/index';
import { Execution, ProvisionerJob } from './entities';

/**
 * Begins to run a job that was claimed. The job itself runs outside any transaction.
 *
 * Like the other functions here it writes the job at the version that its worker knows: a worker that
 * was given up in the meantime gets a ConcurrencyError, which is not replayed and means "stop".
 */
export async function beginJob(
  dataSource: DataSource,
  job: ProvisionerJob,
  isolation?: IsolationLevel,
): Promise<void> {
  await unitOfWork(
    dataSource,
    async (uow) => {
      uow.attach(job).heartbeatAt = new Date();
      uow.add(executionOf(job));
    },
    { name: 'begin', isolation },
  );
}

/** Says that the worker is still there. */
export async function heartbeat(
  dataSource: DataSource,
  job: ProvisionerJob,
  isolation?: IsolationLevel,
): Promise<void> {
  await unitOfWork(
    dataSource,
    async (uow) => {
      uow.attach(job).heartbeatAt = new Date();
    },
    { name: 'heartbeat', isolation },
  );
}

export async function completeJob(
  dataSource: DataSource,
  job: ProvisionerJob,
  isolation?: IsolationLevel,
): Promise<void> {
  await unitOfWork(
    dataSource,
    async (uow) => {
      uow.attach(job).completedAt = new Date();
    },
    { name: 'complete', isolation },
  );
}

/** As it was done: whoever thinks that the job is theirs runs it. */
export async function beginWithoutCheck(
  dataSource: DataSource,
  job: ProvisionerJob,
  isolation: IsolationLevel = 'READ COMMITTED',
): Promise<void> {
  await dataSource.transaction(isolation, async (manager) => {
    await manager.update(ProvisionerJob, job.id, { heartbeatAt: new Date() });
    await manager.insert(Execution, executionOf(job));
  });
}

export async function completeWithoutCheck(
  dataSource: DataSource,
  job: ProvisionerJob,
  isolation: IsolationLevel = 'READ COMMITTED',
): Promise<void> {
  await dataSource.transaction(isolation, async (manager) => {
    await manager.update(ProvisionerJob, job.id, { completedAt: new Date() });
  });
}

function executionOf({ id, workerId }: ProvisionerJob): Execution {
  return Object.assign(new Execution(), { jobId: id, workerId });
}
