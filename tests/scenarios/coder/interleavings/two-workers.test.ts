import { claimJob } from '../../../../examples/coder/claim-job';
import { claimWithoutLock } from '../../../../examples/coder/naive-claims';
import { beginJob, beginWithoutCheck } from '../../../../examples/coder/run-job';
import { onEachIsolation } from '../../../setup/on-each-isolation';
import { Barrier } from '../../../support/barrier';
import { onEachQueue, queueJobs, storedJob, workersOf } from './queue';
import { hasOldSnapshot, outcomeOf, readsLock, refusesNewerRows } from '../../../support/rivals';

onEachQueue('two workers that look for a job at the same time', (database) => {
  beforeEach(() => queueJobs(database, [1, 2]));

  onEachIsolation((isolation) => {
    const claimBoth = async () => {
      const bothHaveRead = new Barrier(2);
      const claim = async (workerId: number) => {
        const think = () => bothHaveRead.pass();
        const claim = await claimWithoutLock(database.source, workerId, { isolation, think });
        await beginWithoutCheck(database.source, claim!.job, isolation);
        return workerId;
      };
      return Promise.all([7, 8].map((workerId) => outcomeOf(claim(workerId))));
    };

    const refusal = () => {
      if (database.engine === 'postgres') return hasOldSnapshot(isolation) ? '40001' : undefined;
      if (refusesNewerRows(database, isolation)) return '1020';
      return readsLock(database, isolation) ? '1213' : undefined;
    };

    if (refusal()) {
      it('run one job once with naive claims, but one of them meets an error', async () => {
        const outcomes = await claimBoth();

        expect(outcomes).toContainEqual({ error: refusal() });
        expect(await workersOf(database, 1)).toHaveLength(1);
        expect(await storedJob(database, 2)).toMatchObject({ startedAt: null });
      });
    } else {
      it('run one job twice with naive claims, and leave the other', async () => {
        const outcomes = await claimBoth();

        expect(outcomes).toEqual([7, 8]);
        expect((await workersOf(database, 1)).toSorted((a, b) => a - b)).toEqual([7, 8]);
        expect(await storedJob(database, 2)).toMatchObject({ startedAt: null });
      });
    }

    it('run a job each in units of work', async () => {
      const bothHaveRead = new Barrier(2);
      const work = async (workerId: number) => {
        const think = () => bothHaveRead.pass();
        const claim = await claimJob(database.source, workerId, { think });
        await beginJob(database.source, claim!.job, isolation);
        return claim!.job.id;
      };

      const ids = await Promise.all([7, 8].map(work));

      expect(ids.toSorted((a, b) => a - b)).toEqual([1, 2]);
      for (const [index, id] of ids.entries()) {
        expect(await workersOf(database, id)).toEqual([7 + index]);
      }
    });
  });
});
