import { cancelJob, cancelWithSave } from '../../../../examples/coder/cancel-job';
import { claimJob } from '../../../../examples/coder/claim-job';
import {
  claimIgnoringCancellation,
  claimWithPlainReadOfBuild,
} from '../../../../examples/coder/naive-claims';
import { onEachIsolation } from '../../../setup/on-each-isolation';
import { onEachQueue, queueJobs, storedJob } from './queue';
import { hasOldSnapshot, letRivalAct, outcomeOf, readsLock } from '../../../support/rivals';

onEachQueue('a job that was cancelled', (database) => {
  beforeEach(() => queueJobs(database, [1]));

  onEachIsolation((isolation) => {
    it('is started by a claim whose predicate forgets that jobs can be cancelled', async () => {
      expect(await cancelWithSave(database.source, 1, { isolation })).toBe(true);

      const claim = await claimIgnoringCancellation(database.source, 7, { isolation });

      expect(claim).toMatchObject({ job: { id: 1 } });
      const cancelledAndStarted = { canceledAt: expect.any(Date), startedAt: expect.any(Date) };
      expect(await storedJob(database, 1)).toMatchObject(cancelledAndStarted);
    });

    it('is not started by the unit of work', async () => {
      expect(await cancelJob(database.source, 1, { isolation })).toBe(true);

      const claim = await claimJob(database.source, 7);

      expect(claim).toBeNull();
      expect(await storedJob(database, 1)).toMatchObject({ startedAt: null, workerId: null });
    });
  });
});

onEachQueue('a job that is claimed while a person cancels it', (database) => {
  beforeEach(() => queueJobs(database, [1]));

  onEachIsolation((isolation) => {
    let claiming: Promise<PromiseSettledResult<{ readonly job: { readonly id: number } } | null>>;
    const letWorker = (claim: () => Promise<{ job: { id: number } } | null>) => async () => {
      ({ outcome: claiming } = await letRivalAct(database, claim));
    };
    const cancelNaively = () => {
      const claim = () => claimWithPlainReadOfBuild(database.source, 7, { isolation });
      return outcomeOf(cancelWithSave(database.source, 1, { isolation, think: letWorker(claim) }));
    };

    if (readsLock(database, isolation)) {
      it('is cancelled and not started, because naive reads lock', async () => {
        expect(await cancelNaively()).toBe(true);
        expect(await claiming).toEqual({ status: 'fulfilled', value: null });
      });
    } else if (database.engine === 'postgres' && hasOldSnapshot(isolation)) {
      it('is started, and the naive cancellation meets an error', async () => {
        expect(await cancelNaively()).toEqual({ error: '40001' });
        expect(await storedJob(database, 1)).toMatchObject({ canceledAt: null, workerId: 7 });
      });
    } else if (database.name === 'mariadb snapshot-isolation' && hasOldSnapshot(isolation)) {
      it('is started, and the naive cancellation meets an error', async () => {
        expect(await cancelNaively()).toEqual({ error: '1020' });
        expect(await storedJob(database, 1)).toMatchObject({ canceledAt: null, workerId: 7 });
      });
    } else {
      // save() compares with the row as it reads it again, and at READ COMMITTED that is the newer
      // one: it takes everything back that the claim has written.
      const startedAt = hasOldSnapshot(isolation) ? expect.any(Date) : null;
      it(`is both naively${startedAt ? '' : ', and its worker is forgotten'}`, async () => {
        expect(await cancelNaively()).toBe(true);
        expect(await claiming).toMatchObject({ status: 'fulfilled', value: { job: { id: 1 } } });
        const cancelled = { canceledAt: expect.any(Date), startedAt };
        expect(await storedJob(database, 1)).toMatchObject(cancelled);
      });
    }

    it('is either in units of work, and the other is told that it came too late', async () => {
      let attempts = 0;
      const claim = letWorker(() => claimJob(database.source, 7));
      const think = async () => void (attempts++ === 0 && (await claim()));

      const isCancelled = await cancelJob(database.source, 1, { isolation, think });

      const claimed = await claiming;
      expect(claimed).toMatchObject({ status: 'fulfilled', value: isCancelled ? null : {} });
      // The claim skips what a reader has locked; where nothing is, it comes first.
      expect(isCancelled).toBe(readsLock(database, isolation));
      expect(attempts).toBe(isCancelled ? 1 : 2);
      const stored = isCancelled
        ? { canceledAt: expect.any(Date), startedAt: null, rowVersion: 2 }
        : { canceledAt: null, startedAt: expect.any(Date), rowVersion: 2 };
      expect(await storedJob(database, 1)).toMatchObject(stored);
    });
  });
});
