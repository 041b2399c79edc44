import { claimJob, type Claim } from '../../../../examples/coder/claim-job';
import { createAndNotifyEarly, createJob } from '../../../../examples/coder/create-job';
import { ProvisionerJob } from '../../../../examples/coder/entities';
import { onEachIsolation } from '../../../setup/on-each-isolation';
import { onEachQueue, storedJob } from './queue';

onEachQueue('a worker that is woken by the notification', (database) => {
  const order = { id: 1, workspaceId: 1 };

  onEachIsolation((isolation) => {
    /** The worker sleeps again when it finds nothing: until something else wakes it. */
    const wakeWorker = (found: (Claim | null)[]) => async () => {
      found.push(await claimJob(database.source, 7));
    };

    it('finds nothing if it is told before the commit, and the job stays pending', async () => {
      const found: (Claim | null)[] = [];

      await createAndNotifyEarly(database.source, order, wakeWorker(found), { isolation });

      expect(found).toEqual([null]);
      expect(await storedJob(database, 1)).toMatchObject({ startedAt: null, canceledAt: null });
    });

    it('finds the job of a unit of work, which tells it after the commit', async () => {
      const found: (Claim | null)[] = [];

      await createJob(database.source, order, wakeWorker(found), { isolation });

      expect(found).toMatchObject([{ job: { id: 1 }, build: { buildNumber: 1 } }]);
    });

    it('is told once per unit, not once per attempt', async () => {
      let attempts = 0;
      const think = async () => {
        if (++attempts > 1) return;
        await database.sql(
          'UPDATE workspaces SET last_build_number = 5, row_version = row_version + 1 WHERE id = 1',
        );
      };
      const told: number[] = [];

      // Where reads lock, the rival would wait for the unit that waits for it.
      const level = isolation === 'SERIALIZABLE' ? 'REPEATABLE READ' : isolation;
      await createJob(database.source, order, (id) => told.push(id), { isolation: level, think });

      expect(attempts).toBe(2);
      expect(told).toEqual([1]);
      expect(await claimJob(database.source, 7)).toMatchObject({ build: { buildNumber: 6 } });
    });

    it('is not told of a job whose creation failed', async () => {
      const told: number[] = [];
      const think = () => Promise.reject(new Error('no quota'));

      const naive = createAndNotifyEarly(database.source, { id: 1, workspaceId: 2 }, nothing);
      const creation = createJob(database.source, order, (id) => told.push(id), {
        isolation,
        think,
      });

      await expect(creation).rejects.toThrow('no quota');
      await expect(naive).rejects.toThrow();
      expect(told).toEqual([]);
      expect(await database.source.manager.count(ProvisionerJob)).toBe(0);
    });
  });
});

const nothing = (): void => undefined;
