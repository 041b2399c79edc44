import { inspect } from 'node:util';

import type { IsolationLevel } from '../../lib/index';
import { check } from './checker/check';
import { explain } from './checker/explain';
import type { History } from './checker/history';
import { runHistory, type Pools } from './run/run-history';
import { runUnit } from './run/run-unit';
import { historiesAtOnce, nameOf, promised, unitsOfHistory } from './settings';
import type { Tally } from './tally';

/** Units at an isolation level that guard a share of what they read. */
export interface Trial {
  readonly isolation: IsolationLevel;
  readonly guarded: number;
}

const mostShown = 5;

/**
 * Runs histories, several at the same time, until something is wrong with one.
 *
 * @returns What is wrong, and how to run the same units again; `undefined`: nothing.
 */
export async function explore(
  pools: Pools,
  trial: Trial,
  seeds: readonly number[],
  tally: Tally,
): Promise<string | undefined> {
  const faults: string[] = [];
  const rest = seeds.values();
  const runSome = async () => {
    for (const seed of rest) {
      const fault = await faultOf(pools, trial, seed, tally);
      if (fault !== undefined) faults.push(fault);
      if (faults.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: historiesAtOnce }, runSome));
  return faults[0];
}

async function faultOf(
  pools: Pools,
  { isolation, guarded }: Trial,
  seed: number,
  tally: Tally,
): Promise<string | undefined> {
  const name = nameOf({ database: pools.database.name, isolation, guarded, seed });
  const again = `HISTORY='${name}' runs these units again`;
  const plan = { seed, units: unitsOfHistory, guarded, isolation };
  let history: History;
  try {
    history = await runHistory(pools, plan, runUnit);
  } catch (error) {
    return `a unit failed, and no rival is to blame; ${again}\n${inspect(error)}`;
  }
  const report = check(history, promised[isolation]);
  tally.add(history, report);
  const { versions, lists } = report;
  const found = [
    ...versions.anomalies.map((one) => `by row versions: ${explain(one)}`),
    ...lists.anomalies.map((one) => `by lists: ${explain(one)}`),
  ];
  if (found.length === 0) return undefined;
  return [`${found.length} anomalies; ${again}`, ...found.slice(0, mostShown)].join('\n');
}
