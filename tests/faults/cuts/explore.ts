import { Tally } from '../tally';
import { inLanes, type Lanes } from './lane';
import { describeTrial, runTrial, type Outcome, type Trial } from './trial';

const mostShown = 3;

/** What became of many trials. */
export interface Exploration {
  readonly tally: Tally;
  /** The first that something is wrong with; empty: nothing is. */
  readonly wrong: string;
}

/** Runs trials, several at the same time. */
export async function explore(lanes: Lanes, trials: readonly Trial[]): Promise<Exploration> {
  const tally = new Tally();
  const wrong: string[] = [];
  await inLanes(lanes, trials, async (lane, trial) => {
    const outcome = await runTrial(lanes, lane, trial);
    count(tally, trial, outcome);
    if (outcome.objections.length > 0) wrong.push(describeTrial(trial, outcome));
  });
  return { tally, wrong: wrong.slice(0, mostShown).join('\n') };
}

function count(tally: Tally, { exactlyOnce }: Trial, outcome: Outcome): void {
  const { told, objections, cuts, deposits } = outcome;
  tally.add(told.answer, objections);
  tally.cuts += cuts.length;
  const commits = cuts.filter(({ isCommit }) => isCommit).length;
  tally.cutCommits += commits;
  tally.deposits += deposits;
  if (exactlyOnce && commits > 0 && told.answer !== 'unknown') tally.settled++;
}
