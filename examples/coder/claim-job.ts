import { IsNull, type DataSource, type EntityManager } from 'typeorm';
import { unitOfWork } from '../../lib/index';
import { ProvisionerJob, WorkspaceBuild } from './entities';

export interface Claim {
  readonly job: ProvisionerJob;
  readonly build: WorkspaceBuild;
}

export interface ClaimOptions {
  /** What a worker reads before it claims: a claim does not need it, but must survive it. */
  readonly before?: (manager: EntityManager) => Promise<unknown>;
  /** Takes place when the job is locked and not yet written. */
  readonly think?: (manager: EntityManager) => Promise<unknown>;
}

/** The first of the queue. A job that was cancelled is not in it. */
export const firstPending = {
  where: { startedAt: IsNull(), canceledAt: IsNull() },
  order: { priority: 'ASC', createdSeq: 'ASC' },
} as const;

/**
 * Claims the first pending job that nobody else is claiming, or none.
 *
 * At READ COMMITTED whatever the rest of the system uses: at a stricter level the queue is that of an
 * old snapshot, and PostgreSQL refuses the claim instead of going on to the next job. The job and its
 * build are both read with locks, so that both are read as they are now.
 */
export async function claimJob(
  dataSource: DataSource,
  workerId: number,
  { before, think }: ClaimOptions = {},
): Promise<Claim | null> {
  return unitOfWork(
    dataSource,
    async (uow) => {
      await before?.(uow.manager);
      const job = await uow.findOne(ProvisionerJob, {
        ...firstPending,
        lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' },
      });
      if (!job) return null;
      const build = await uow.findOneOrFail(WorkspaceBuild, {
        where: { jobId: job.id },
        lock: { mode: 'pessimistic_write' },
      });
      await think?.(uow.manager);
      Object.assign(job, startedBy(workerId));
      return { job, build };
    },
    { name: 'claim', isolation: 'READ COMMITTED' },
  );
}

export function startedBy(workerId: number) {
  const now = new Date();
  return { workerId, startedAt: now, heartbeatAt: now };
}
