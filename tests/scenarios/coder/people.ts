import { think } from '../../../examples/gerrit/think';
import { creators, jobMoves, jobsCreated, workspaceMoves, workspaces, type Stage } from './stage';

/** Orders one job after the other. */
export async function runCreator(
  stage: Stage,
  creator: number,
  random: () => number,
): Promise<void> {
  for (let round = 0; round < stage.jobsPerCreator; round++) {
    await create(stage, creator, round, random);
    await think(2, 10);
  }
  await stage.noteFinished(creator);
}

export async function create(
  stage: Stage,
  creator: number,
  round: number,
  random: () => number,
): Promise<void> {
  const order = {
    // The queue is in the order of the ids, so the creators take turns in it.
    id: round * creators + creator,
    workspaceId: 1 + Math.floor(random() * workspaces),
  };
  const { isolation } = stage.share;
  const created = await stage.operate('create', () =>
    stage.operations.create(stage.source, order, stage.announce, { isolation }),
  );
  if (!created) return;
  stage.keeper.count(jobsCreated);
  stage.keeper.count(workspaceMoves);
}

/** Cancels pending jobs until nothing is ordered any more. */
export async function runCanceler(
  stage: Stage,
  random: () => number,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    await cancelOne(stage, random);
    await think(20, 60);
  }
}

export async function cancelOne(stage: Stage, random: () => number): Promise<void> {
  const id = await stage.pickPending(random);
  if (id === undefined) return;
  const { isolation } = stage.share;
  const cancelled = await stage.operate('cancel', () =>
    stage.operations.cancel(stage.source, id, { isolation, think: () => think(1, 5) }),
  );
  if (!cancelled?.value) return;
  stage.keeper.count(jobMoves);
  stage.keeper.count('jobs cancelled');
}
