import { ProvisionerJob } from '../../../../examples/coder/entities';
import { getJobSkippingLocked } from '../../../../examples/coder/naive-claims';
import { unitOfWork } from '../../../../lib/index';
import { onEachIsolation } from '../../../setup/on-each-isolation';
import { onEachQueue, queueJobs } from './queue';
import { readsLock, untilSomebodyWaits } from '../../../support/rivals';

onEachQueue('a job that somebody has locked', (database) => {
  /** Locks job 1 without changing it. */
  const lockJob = async () => {
    const runner = database.source.createQueryRunner();
    await runner.startTransaction('READ COMMITTED');
    await runner.query('SELECT id FROM provisioner_jobs WHERE id = 1 FOR UPDATE');
    return {
      release: async () => {
        await runner.commitTransaction();
        await runner.release();
      },
    };
  };

  beforeEach(() => queueJobs(database, [1]));

  onEachIsolation((isolation = 'READ COMMITTED') => {
    it('does not exist for who skips locked rows when looking it up by its id', async () => {
      const lock = await lockJob();

      const found = await database.source.transaction(isolation, (manager) =>
        getJobSkippingLocked(manager, 1),
      );
      await lock.release();

      expect(found).toBeNull();
    });

    it('is found by the unit of work, which waits to lock it', async () => {
      const lock = await lockJob();
      const steps: string[] = [];

      const reading = unitOfWork(
        database.source,
        async (uow) => {
          const job = await uow.findOneByOrFail(ProvisionerJob, { id: 1 });
          steps.push('found');
          await uow.lock(job);
          steps.push('locked');
          return job;
        },
        { isolation },
      );
      await untilSomebodyWaits(database);
      const stepsBefore = [...steps];
      await lock.release();

      expect(stepsBefore).toEqual(readsLock(database, isolation) ? [] : ['found']);
      expect(await reading).toMatchObject({ id: 1, rowVersion: 1 });
      expect(steps).toEqual(['found', 'locked']);
    });
  });
});
