import type { DataSource } from 'typeorm';

import { seededRandom } from '../harness/random';
import type { Share, Tally } from '../scenario';
import { makeMeasurable } from './meter';
import { cancelOne, create, runCanceler, runCreator } from './people';
import { reapStale, runReaper } from './reaper';
import { creators, Stage } from './stage';
import { Worker } from './worker';

const workers = 8;
const cancelers = 2;

/** Runs the actors of one process; the reaper is in the first. */
export async function work(source: DataSource, share: Share): Promise<Tally> {
  makeMeasurable(source);
  const stage = new Stage(source, share);
  const random = seededRandom(share.seed);
  const opened = await openWorkers(stage, random);
  try {
    await (share.variant === 'serial' ? actInTurn : actTogether)(stage, opened, random);
  } finally {
    await Promise.all(opened.map((worker) => worker.close()));
  }
  stage.noteLongestWait();
  return stage.keeper.tally();
}

async function actTogether(
  stage: Stage,
  opened: readonly Worker[],
  random: () => number,
): Promise<void> {
  let isOrdering = true;
  const own = numbersOf(stage.share, creators);
  const ordering = Promise.all(
    own.map((creator) => runCreator(stage, creator, streamOf(random))),
  ).finally(() => (isOrdering = false));
  await Promise.all([
    ordering,
    ...numbersOf(stage.share, cancelers).map(() =>
      runCanceler(stage, streamOf(random), () => !isOrdering),
    ),
    ...opened.map((worker) => worker.runUntilOver()),
    ...(stage.share.process === 0 ? [runReaper(stage)] : []),
  ]);
}

/** Everybody's turn comes, and each waits until the one before has ended. */
async function actInTurn(
  stage: Stage,
  opened: readonly Worker[],
  random: () => number,
): Promise<void> {
  for (let round = 0; round < stage.jobsPerCreator / 4; round++) {
    for (const creator of numbersOf(stage.share, creators)) {
      await create(stage, creator, round, random);
    }
    if (round % 4 === 0) await cancelOne(stage, random);
    for (const worker of opened) await worker.takeJob();
    await reapStale(stage);
  }
}

const openWorkers = (stage: Stage, random: () => number): Promise<Worker[]> =>
  Promise.all(
    numbersOf(stage.share, workers).map((id) => Worker.open(stage, id, streamOf(random))),
  );

/** The actors of this process, of so many in all; the first is number 1. */
const numbersOf = ({ process, processes }: Share, count: number): number[] =>
  Array.from({ length: count }, (_, index) => index + 1).filter(
    (number) => (number - 1) % processes === process,
  );

/** An actor's own chance: what it draws does not depend on when the others do. */
const streamOf = (random: () => number): (() => number) => seededRandom(random() * 2 ** 31);
