import { claimJob } from '../../../../examples/coder/claim-job';
import type { ProvisionerJob } from '../../../../examples/coder/entities';
import { findStaleJobs, reapJob, reapWithSave } from '../../../../examples/coder/reap-jobs';
import {
  beginJob,
  beginWithoutCheck,
  completeJob,
  heartbeat,
} from '../../../../examples/coder/run-job';
import { onEachIsolation } from '../../../setup/on-each-isolation';
import { rejectionOf } from '../../../support/accounts';
import { killSession, sessionId } from '../../../support/sessions';
import { onEachQueue, queueJobs, storedJob, workersOf } from './queue';
import { letRivalAct, readsLock } from '../../../support/rivals';

/** Whoever was heard of before this counts as lost. */
const future = new Date(Date.now() + 3_600_000);

onEachQueue('a worker that was given up', (database) => {
  let job: ProvisionerJob;
  beforeEach(async () => {
    await queueJobs(database, [1]);
    job = (await claimJob(database.source, 7))!.job;
  });

  onEachIsolation((isolation) => {
    it('runs the job beside its next worker if nobody checks', async () => {
      expect(await reapWithSave(database.source, 1, future, { isolation })).toBe('requeued');
      const next = await claimJob(database.source, 8);

      await beginWithoutCheck(database.source, next!.job, isolation);
      await beginWithoutCheck(database.source, job, isolation);

      expect(await workersOf(database, 1)).toEqual([8, 7]);
    });

    it('learns from a conflict that it must not begin, and its next worker may', async () => {
      expect(await reapJob(database.source, 1, future, { isolation })).toBe('requeued');
      const next = await claimJob(database.source, 8);

      const error = await rejectionOf(beginJob(database.source, job, isolation));
      await beginJob(database.source, next!.job, isolation);

      const conflicts = [{ key: [1], expectedVersion: 2, actualVersion: 4 }];
      expect(error).toMatchObject({ name: 'ConcurrencyError', replayable: false, conflicts });
      expect(await workersOf(database, 1)).toEqual([8]);
    });

    it('learns from its heartbeat that it must stop, and the job is not run again', async () => {
      await beginJob(database.source, job, isolation);
      await heartbeat(database.source, job, isolation);

      expect(await reapJob(database.source, 1, future, { isolation })).toBe('failed');
      const beat = await rejectionOf(heartbeat(database.source, job, isolation));
      const completion = await rejectionOf(completeJob(database.source, job, isolation));

      expect(beat).toMatchObject({ name: 'ConcurrencyError', replayable: false, attempts: 1 });
      expect(completion).toMatchObject({ name: 'ConcurrencyError' });
      expect(await claimJob(database.source, 8)).toBeNull();
      expect(await workersOf(database, 1)).toEqual([7]);
    });

    it('is not given up if it begins while the reaper decides', async () => {
      let attempts = 0;
      let beginning: Promise<PromiseSettledResult<void>> | undefined;
      const think = async () => {
        if (++attempts > 1) return;
        const begin = () => beginJob(database.source, job, isolation);
        ({ outcome: beginning } = await letRivalAct(database, begin));
      };

      const sinceClaim = new Date(job.heartbeatAt!.getTime() + 1);
      const fate = await reapJob(database.source, 1, sinceClaim, { isolation, think });

      const begun = await beginning;
      const outcome = [fate, begun?.status];
      // Where reads lock the two wait for each other, and the server chooses who is first.
      if (!readsLock(database, isolation) || begun?.status === 'fulfilled') {
        expect(outcome).toEqual(['alive', 'fulfilled']);
      } else {
        expect(outcome).toEqual(['requeued', 'rejected']);
      }
      expect(await workersOf(database, 1)).toEqual(fate === 'alive' ? [7] : []);
    });
  });

  it('is found by when it was last heard of', async () => {
    expect(await findStaleJobs(database.source, future)).toEqual([1]);
    expect(await findStaleJobs(database.source, new Date(0))).toEqual([]);

    await completeJob(database.source, job);

    expect(await findStaleJobs(database.source, future)).toEqual([]);
  });
});

onEachQueue('a worker whose connection is killed while it claims', (database) => {
  it('claims in a second attempt, on another connection, and once', async () => {
    await queueJobs(database, [1, 2]);
    const sessions: number[] = [];

    const claim = await claimJob(database.source, 7, {
      think: async (manager) => {
        const session = await sessionId(database, manager);
        sessions.push(session);
        if (sessions.length === 1) await killSession(database, session);
      },
    });

    expect(new Set(sessions).size).toBe(2);
    expect(claim?.job).toEqual(await storedJob(database, claim!.job.id));
    expect(claim?.job).toMatchObject({ workerId: 7, rowVersion: 2 });
  });
});
