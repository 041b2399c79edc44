import { cancelJob } from '../../../examples/coder/cancel-job';
import { claimJob } from '../../../examples/coder/claim-job';
import { createJob } from '../../../examples/coder/create-job';
import {
  Execution,
  ProvisionerJob,
  Workspace,
  WorkspaceBuild,
} from '../../../examples/coder/entities';
import { beginJob, completeJob } from '../../../examples/coder/run-job';
import { onEachDatabase } from '../../setup/on-each-database';
import { TallyKeeper } from '../harness/tally-keeper';
import { coder } from './scenario';
import { jobMoves, jobsCreated, runsBegun, workspaceMoves } from './stage';

onEachDatabase('what is said of the queue afterwards', coder.entities, (database) => {
  let keeper: TallyKeeper;

  /** Job 1 is run, job 2 is cancelled, and all of it is told. */
  beforeEach(async () => {
    const { source } = database;
    for (const entity of [Execution, WorkspaceBuild, ProvisionerJob, Workspace]) {
      await source.createQueryBuilder().delete().from(entity).execute();
    }
    await source.manager.insert(Workspace, { id: 1 });
    for (const id of [1, 2]) await createJob(source, { id, workspaceId: 1 }, () => undefined);
    const claim = await claimJob(source, 7);
    await beginJob(source, claim!.job);
    await completeJob(source, claim!.job);
    await cancelJob(source, 2);
    keeper = new TallyKeeper();
    keeper.count(jobsCreated, 2);
    keeper.count(workspaceMoves, 2);
    keeper.count(jobMoves, 4);
    keeper.count(runsBegun);
  });

  const violations = async () => {
    const found = await coder.inspect(database.source, [keeper.tally()]);
    return found.filter(({ count }) => count > 0);
  };

  it('is that nothing is wrong, if nothing is', async () => {
    expect(await violations()).toEqual([]);
  });

  it.each([
    ['jobs without a build', 'DELETE FROM workspace_builds WHERE job_id = 2'],
    ['jobs half started', 'UPDATE provisioner_jobs SET worker_id = 7 WHERE id = 2'],
    ['jobs that ran more than once', 'INSERT INTO executions (job_id, worker_id) VALUES (1, 8)'],
    [
      'jobs that ran although they were cancelled',
      'INSERT INTO executions (job_id, worker_id) VALUES (2, 8)',
    ],
    ['jobs that neither ran nor were cancelled', 'DELETE FROM executions'],
    ['jobs never completed', 'UPDATE provisioner_jobs SET completed_at = NULL WHERE id = 1'],
    ['workspaces whose count of builds is wrong', 'UPDATE workspaces SET last_build_number = 1'],
    [
      'row versions of jobs told and not there, or there and not told',
      'UPDATE provisioner_jobs SET row_version = row_version - 1 WHERE id = 1',
    ],
    [
      'row versions of workspaces told and not there, or there and not told',
      'UPDATE workspaces SET row_version = row_version + 1',
    ],
  ])('names %s', async (what, spoil) => {
    await database.sql(spoil);

    expect(await violations()).toContainEqual({ what, count: 1 });
  });

  it.each([
    ['jobs', jobsCreated],
    ['executions', runsBegun],
  ])('names %s of which somebody was told and which are not there', async (what, told) => {
    keeper.count(told);

    const expected = `${what} told and not there, or there and not told`;
    expect(await violations()).toEqual([{ what: expected, count: 1 }]);
  });
});
