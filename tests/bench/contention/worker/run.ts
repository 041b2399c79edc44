// One process of writers: opens its pool, waits for the start, reports what its units met.
import 'reflect-metadata';

import { seededRandom } from '../../../scenarios/harness/random';
import { serveCrew } from '../../../support/serve-crew';
import { openPolicies } from '../policies/open-policy';
import type { Policy } from '../policies/policy';
import { StatementCounter } from '../policies/statement-counter';
import { chooseKeys } from './choose-keys';
import type { Job, Report, Sent } from './job';
import { runClosedLoop, runOpenLoop } from './loops';
import { Tally } from './tally';

serveCrew(async (job: Job, untilStart): Promise<Report> => {
  const counter = new StatementCounter();
  const policy = await openPolicies[job.policy](job.target, job.connections, counter);
  try {
    const runAlone = () => policy.runUnit(job.ownKeys);
    // The first one also learns what a data source learns once, and the others open connections.
    await Promise.all(Array.from({ length: job.connections }, runAlone));
    const sentAlone = await sentBy(counter, runAlone);
    await untilStart();
    const tally = new Tally(job);
    const sent = await sentBy(counter, () => runUnits(policy, job, tally));
    return { ...tally.report(), sent, sentAlone };
  } finally {
    await policy.close();
  }
});

function runUnits(policy: Policy, job: Job, tally: Tally): Promise<void> {
  const random = seededRandom(job.seed);
  const choose = () => chooseKeys(job.rows, job.picks, random);
  return job.writers > 0
    ? runClosedLoop(policy, job.writers, choose, tally)
    : runOpenLoop(policy, job.perSecond, random, choose, tally);
}

async function sentBy(counter: StatementCounter, work: () => Promise<unknown>): Promise<Sent> {
  const { statements, lockingReads } = counter;
  await work();
  return {
    statements: counter.statements - statements,
    lockingReads: counter.lockingReads - lockingReads,
  };
}
