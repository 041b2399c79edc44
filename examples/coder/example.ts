import assert from 'node:assert/strict';
import type { DataSource } from 'typeorm';
import type { Print } from '../setup/example';
import { cancelJob } from './cancel-job';
import { claimJob } from './claim-job';
import { createJob } from './create-job';
import { entities, Execution, ProvisionerJob, Workspace } from './entities';
import { claimIgnoringCancellation, claimWithoutLock } from './naive-claims';
import { beginJob, beginWithoutCheck, completeJob, completeWithoutCheck } from './run-job';

export const title = 'lets two workers share a queue: naive claims run a job twice, units once';

export { entities };

const workers = [7, 8];

export async function run(dataSource: DataSource, print: Print): Promise<void> {
  await dataSource.manager.insert(Workspace, { id: 1 });

  await order(dataSource, [1, 2]);
  const naively = await Promise.all(workers.map(claimNaivelyIn(dataSource, meet(workers.length))));
  const cancelled = await cancelJob(dataSource, 2);
  const started = await claimIgnoringCancellation(dataSource, 7);
  print(`naively: job 1 was run by ${await runsOf(dataSource, 1)} of the workers`);
  print('         job 2 was cancelled, and then it was started');
  assert.deepEqual([naively, cancelled, started?.job.id], [[1, 1], true, 2]);

  await order(dataSource, [3, 4, 5]);
  await cancelJob(dataSource, 3);
  const claimed = await Promise.all(workers.map(claimIn(dataSource, meet(workers.length))));
  const left = await claimJob(dataSource, 7);
  const runs = [await runsOf(dataSource, 4), await runsOf(dataSource, 5)];
  print(`in units of work: jobs 4 and 5 were run ${runs.join(' and ')} times`);
  const { startedAt } = await dataSource.manager.findOneByOrFail(ProvisionerJob, { id: 3 });
  print(`                  job 3 was cancelled and ${startedAt ? 'started' : 'never started'}`);
  assert.deepEqual(
    [claimed.toSorted((a, b) => a - b), runs, left, startedAt],
    [[4, 5], [1, 1], null, null],
  );
}

async function order(dataSource: DataSource, ids: readonly number[]): Promise<void> {
  for (const id of ids) await createJob(dataSource, { id, workspaceId: 1 }, () => undefined);
}

const claimNaivelyIn =
  (dataSource: DataSource, think: () => Promise<void>) => async (workerId: number) => {
    const claim = await claimWithoutLock(dataSource, workerId, { think });
    assert(claim);
    await beginWithoutCheck(dataSource, claim.job);
    await completeWithoutCheck(dataSource, claim.job);
    return claim.job.id;
  };

const claimIn =
  (dataSource: DataSource, think: () => Promise<void>) => async (workerId: number) => {
    const claim = await claimJob(dataSource, workerId, { think });
    assert(claim);
    await beginJob(dataSource, claim.job);
    await completeJob(dataSource, claim.job);
    return claim.job.id;
  };

/** Lets nobody write before all have read. */
function meet(count: number): () => Promise<void> {
  let missing = count;
  let open: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return () => {
    if (--missing === 0) open();
    return opened;
  };
}

const runsOf = ({ manager }: DataSource, jobId: number): Promise<number> =>
  manager.countBy(Execution, { jobId });
