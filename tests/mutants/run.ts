import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { whyNoCluster } from '../cluster/support/why-no-cluster';
import { openServerBroker } from '../setup/servers/server-broker';
import type { Killer, Mutant } from './mutant';
import { mutants } from './mutants';
import { runKiller, type Site, type Verdict } from './run-killer';
import { WorkTree } from './work-tree';

interface Outcome {
  readonly isGood: boolean;
  readonly text: string;
}

/** Breaks the library in every way of the list and demands that its tests notice each. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { 'without-controls': { type: 'boolean' }, short: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [filter = ''] = positionals;
  const all = values.short ? shortened(mutants) : mutants;
  const named = all.filter(({ name }) => name.includes(filter));
  const chosen = named.filter(canBeKilled(named));
  // Where the whole suite has just passed, they would only say so again.
  const controlled = values['without-controls'] ? [] : chosen;
  const controls = new Map(controlled.map(({ killer }) => [JSON.stringify(killer), killer]));
  const tasks = [
    ...[...controls.values()].map((killer) => (site: Site) => checkControl(site, killer)),
    ...chosen.map((mutant) => (site: Site) => checkMutant(site, mutant)),
  ];
  const outcomes = await runAll(tasks);
  const failed = outcomes.filter(({ isGood }) => !isGood).length;
  process.exitCode = failed > 0 || chosen.length === 0 ? 1 : 0;
  process.stdout.write(`${outcomes.length - failed} passed, ${failed} failed\n`);
}

/** Of the mutants that one suite notices the first two, and those that no run may leave out. */
function shortened(all: readonly Mutant[]): Mutant[] {
  const seen = new Map<string, number>();
  return all.filter(({ killer, isEssential }) => {
    const others = seen.get(killer.test) ?? 0;
    seen.set(killer.test, others + 1);
    return isEssential || others < 2;
  });
}

/** Where no cluster can be had, what only its tests notice is left out, and told. */
function canBeKilled(named: readonly Mutant[]): (mutant: Mutant) => boolean {
  const needsCluster = ({ killer }: Mutant) => killer.test.startsWith('tests/cluster/');
  const reason = named.some(needsCluster) ? whyNoCluster() : undefined;
  if (reason === undefined) return () => true;
  for (const { name } of named.filter(needsCluster)) {
    process.stdout.write(`left out: ${name}: ${reason}\n`);
  }
  return (mutant) => !needsCluster(mutant);
}

type Task = (site: Site) => Promise<Outcome>;

/**
 * Runs as many tasks at a time as there are cores, each in a copy of the repository and on servers
 * of its own. The next task of a copy uses the same servers: starting them took half of its time.
 */
async function runAll(tasks: readonly Task[]): Promise<Outcome[]> {
  const trees = Array.from({ length: Math.min(2, availableParallelism()) }, () => new WorkTree());
  const removeAll = () => trees.forEach((tree) => tree.remove());
  process.once('exit', removeAll);
  const outcomes: Outcome[] = [];
  const queue = tasks.values();
  const work = async (tree: WorkTree) => {
    const broker = await openServerBroker();
    try {
      for (const task of queue) outcomes.push(await runOne(task, { tree, servers: broker.url }));
    } finally {
      await broker.close();
    }
  };
  await Promise.all(trees.map(work));
  return outcomes;
}

async function runOne(task: Task, site: Site): Promise<Outcome> {
  const started = performance.now();
  const outcome = await task(site);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  process.stdout.write(`${outcome.text} (${seconds} s)\n`);
  return outcome;
}

/** What cannot pass with the whole library proves nothing when it fails with a mutant. */
async function checkControl(site: Site, killer: Killer): Promise<Outcome> {
  const verdict = await runKiller(site, killer);
  const isGood = verdict.kind === 'passed';
  const said = isGood ? 'pass' : `DO NOT PASS: ${describe(verdict)}`;
  return { isGood, text: `unmutated: ${killer.pattern} ${said}` };
}

async function checkMutant(site: Site, { name, edits, killer }: Mutant): Promise<Outcome> {
  const restore = site.tree.apply(edits);
  try {
    const verdict = await runKiller(site, killer);
    const isGood = verdict.kind === 'assertion';
    const said = isGood ? 'killed' : verdict.kind === 'passed' ? 'SURVIVED' : 'NOT KILLED';
    const reason = verdict.kind === 'broken' ? `: ${describe(verdict)}` : '';
    return { isGood, text: `${said}: ${name}${reason}` };
  } finally {
    restore();
  }
}

function describe(verdict: Verdict): string {
  return verdict.kind === 'broken' ? verdict.reason : 'an assertion failed';
}

void main();
