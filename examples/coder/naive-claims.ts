// Claims as they were written before anybody knew better; each goes wrong in a way of its own.
import { IsNull, type DataSource, type EntityManager } from 'typeorm';
import type { IsolationLevel } from '../../lib/index';
import { firstPending, startedBy, type ClaimOptions } from './claim-job';
import { ProvisionerJob, WorkspaceBuild } from './entities';

/** The build is missing where the transaction cannot see it. */
export interface NaiveClaim {
  readonly job: ProvisionerJob;
  readonly build: WorkspaceBuild | null;
}

export interface NaiveClaimOptions extends ClaimOptions {
  readonly isolation?: IsolationLevel | undefined;
}

/** How one of the claims below finds its job. */
type FindJob = (manager: EntityManager) => Promise<ProvisionerJob | null>;

const claimWith =
  (findJob: FindJob) =>
  (
    dataSource: DataSource,
    workerId: number,
    { isolation = 'READ COMMITTED', before, think }: NaiveClaimOptions = {},
  ): Promise<NaiveClaim | null> =>
    dataSource.transaction(isolation, async (manager) => {
      await before?.(manager);
      const job = await findJob(manager);
      if (!job) return null;
      await think?.(manager);
      await start(manager, job, workerId);
      return { job, build: await manager.findOneBy(WorkspaceBuild, { jobId: job.id }) };
    });

async function start(manager: EntityManager, job: ProvisionerJob, workerId: number): Promise<void> {
  const changes = startedBy(workerId);
  await manager.update(ProvisionerJob, job.id, changes);
  Object.assign(job, changes);
}

const lock = { mode: 'pessimistic_write', onLocked: 'skip_locked' } as const;

/** SELECT, then UPDATE: whoever else has selected the job updates it as well. */
export const claimWithoutLock = claimWith((manager) =>
  manager.findOne(ProvisionerJob, firstPending),
);

/** The job is read as it is now, its build as it was when the transaction began to read. */
export const claimWithPlainReadOfBuild = claimWith((manager) =>
  manager.findOne(ProvisionerJob, { ...firstPending, lock }),
);

/** The predicate of the queue was written when nothing could be cancelled. */
export const claimIgnoringCancellation = claimWith((manager) =>
  manager.findOne(ProvisionerJob, { ...firstPending, where: { startedAt: IsNull() }, lock }),
);

/**
 * Job and build in one statement, which waits for the job.
 *
 * @param lockedOnly The alias whose rows are locked, where a database can lock those of one table.
 */
export async function claimInOneStatement(
  dataSource: DataSource,
  workerId: number,
  isolation: IsolationLevel = 'READ COMMITTED',
  lockedOnly?: 'job',
): Promise<NaiveClaim | null> {
  return dataSource.transaction(isolation, async (manager) => {
    const build = await manager
      .createQueryBuilder(WorkspaceBuild, 'build')
      .innerJoinAndSelect('build.job', 'job')
      .where('job.startedAt IS NULL AND job.canceledAt IS NULL')
      .setLock('pessimistic_write', undefined, lockedOnly && [lockedOnly])
      .getOne();
    if (!build?.job) return null;
    await start(manager, build.job, workerId);
    return { job: build.job, build };
  });
}

/** Looks a job up by its id as if it were the queue: one that is locked seems not to exist. */
export const getJobSkippingLocked = (
  manager: EntityManager,
  id: number,
): Promise<ProvisionerJob | null> => manager.findOne(ProvisionerJob, { where: { id }, lock });
