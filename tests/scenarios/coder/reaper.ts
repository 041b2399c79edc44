import { findStaleJobs } from '../../../examples/coder/reap-jobs';
import { think } from '../../../examples/gerrit/think';
import { jobMoves, type Stage } from './stage';

// Longer than a busy machine keeps a worker waiting between two statements.
const staleAfterMs = 1_500;

/** Takes jobs from workers that were not heard of, until there is nothing left to do. */
export async function runReaper(stage: Stage): Promise<void> {
  while (!(await stage.isOver())) {
    await reapStale(stage);
    await think(100, 200);
  }
}

export async function reapStale(stage: Stage): Promise<void> {
  const since = new Date(Date.now() - staleAfterMs);
  const { isolation } = stage.share;
  for (const id of await findStaleJobs(stage.source, since)) {
    const reaped = await stage.operate('reap', () =>
      stage.operations.reap(stage.source, id, since, { isolation }),
    );
    if (!reaped) continue;
    stage.keeper.count(`jobs found ${reaped.value} by the reaper`);
    if (reaped.value === 'alive') continue;
    stage.keeper.count(jobMoves);
    stage.keeper.count('jobs reaped');
    stage.bell.ring();
  }
}
