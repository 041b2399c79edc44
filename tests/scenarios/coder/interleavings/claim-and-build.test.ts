import { claimJob } from '../../../../examples/coder/claim-job';
import { createJob } from '../../../../examples/coder/create-job';
import { ProvisionerJob } from '../../../../examples/coder/entities';
import {
  claimInOneStatement,
  claimWithPlainReadOfBuild,
} from '../../../../examples/coder/naive-claims';
import type { TestDatabase } from '../../../setup/on-each-database';
import { onEachIsolation } from '../../../setup/on-each-isolation';
import { nobody, onEachQueue, queueJobs, storedJob } from './queue';
import {
  hasOldSnapshot,
  letRivalAct,
  outcomeOf,
  readsLock,
  refusesNewerRows,
  untilSomebodyWaits,
} from '../../../support/rivals';

onEachQueue('a job that is created while a worker claims', (database) => {
  /** A worker has read something; then the job is created, if the worker's locks allow it. */
  const readThenCreate = async (manager: { count(entity: unknown): Promise<number> }) => {
    await manager.count(ProvisionerJob);
    const create = () => createJob(database.source, { id: 1, workspaceId: 1 }, nobody);
    ({ outcome: creation } = await letRivalAct(database, create));
  };
  let creation: Promise<PromiseSettledResult<void>>;

  onEachIsolation((isolation) => {
    const claimNaively = async () => {
      const claim = claimWithPlainReadOfBuild(database.source, 7, {
        isolation,
        before: readThenCreate,
      });
      const outcome = await outcomeOf(claim);
      expect(await creation).toMatchObject({ status: 'fulfilled' });
      return outcome;
    };

    if (database.engine !== 'postgres' && isolation === 'REPEATABLE READ') {
      if (refusesNewerRows(database, isolation)) {
        it('is refused to a naive claim whose snapshot is older', async () => {
          expect(await claimNaively()).toEqual({ error: '1020' });
        });
      } else {
        it('is claimed by a naive claim that does not find its build', async () => {
          expect(await claimNaively()).toMatchObject({ job: { id: 1 }, build: null });
          expect(await storedJob(database, 1)).toMatchObject({ workerId: 7 });
        });
      }
    } else if (readsLock(database, isolation)) {
      it('is created after a naive claim, whose reads lock', async () => {
        expect(await claimNaively()).toBeNull();
      });
    } else if (hasOldSnapshot(isolation)) {
      it('does not exist for a naive claim, nor does its build', async () => {
        expect(await claimNaively()).toBeNull();
      });
    } else {
      it('is claimed by a naive claim with its build', async () => {
        expect(await claimNaively()).toMatchObject({ job: { id: 1 }, build: { jobId: 1 } });
      });
    }
  });

  it('is claimed by the unit of work with its build', async () => {
    const claim = await claimJob(database.source, 7, { before: readThenCreate });

    expect(await creation).toMatchObject({ status: 'fulfilled' });
    expect(claim).toMatchObject({ job: { id: 1 }, build: { jobId: 1, buildNumber: 1 } });
    expect(await storedJob(database, 1)).toMatchObject({ workerId: 7, rowVersion: 2 });
  });
});

onEachQueue('a build that is renumbered while a worker claims', (database) => {
  beforeEach(() => queueJobs(database, [1]));

  onEachIsolation((isolation) => {
    const claimNaively = async () => {
      const rival = await renumber(database);
      const lockedOnly = database.engine === 'postgres' ? 'job' : undefined;
      const claim = claimInOneStatement(database.source, 7, isolation, lockedOnly);
      const claimed = outcomeOf(claim);
      await untilSomebodyWaits(database);
      await rival.commit();
      return claimed;
    };

    if (database.name === 'mariadb snapshot-isolation' && isolation === 'SERIALIZABLE') {
      it('is refused to a naive claim that waited', async () => {
        expect(await claimNaively()).toEqual({ error: '1020' });
      });
    } else if (database.engine !== 'postgres') {
      // There is no FOR UPDATE OF: both rows are locked, and locked rows are read as they are now.
      it('is read anew by a naive claim, which has to lock it', async () => {
        expect(await claimNaively()).toMatchObject({
          job: renumbered.job,
          build: renumbered.build,
        });
      });
    } else if (hasOldSnapshot(isolation)) {
      it('is refused to a naive claim that waited', async () => {
        expect(await claimNaively()).toEqual({ error: '40001' });
      });
    } else {
      it('is read anew by a naive claim only as far as it was locked', async () => {
        expect(await claimNaively()).toMatchObject({
          job: renumbered.job,
          build: { buildNumber: 1 },
        });
      });
    }
  });

  it('is skipped by the unit of work as long as it is locked, and then claimed as it is', async () => {
    const rival = await renumber(database);

    const during = await claimJob(database.source, 7);
    await rival.commit();
    const afterwards = await claimJob(database.source, 7);

    expect(during).toBeNull();
    expect(afterwards).toMatchObject({ build: renumbered.build, job: { rowVersion: 3 } });
  });
});

const renumbered = { job: { id: 1, priority: -1 }, build: { jobId: 1, buildNumber: 9 } };

/** A person moves a build up: changes the job, then the build, and has yet to commit. */
async function renumber({ source }: TestDatabase): Promise<{ commit(): Promise<void> }> {
  const runner = source.createQueryRunner();
  await runner.startTransaction('READ COMMITTED');
  await runner.query(
    'UPDATE provisioner_jobs SET priority = -1, row_version = row_version + 1 WHERE id = 1',
  );
  await runner.query('UPDATE workspace_builds SET build_number = 9 WHERE job_id = 1');
  return {
    commit: async () => {
      await runner.commitTransaction();
      await runner.release();
    },
  };
}
