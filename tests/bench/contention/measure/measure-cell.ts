import { randomInt } from 'node:crypto';

import { titleOf, type Cell } from '../cells';
import { figureOf, type CellFigure } from '../figures/figures';
import type { PolicyName } from '../policies/policy';
import type { Ring } from './ring';
import type { Sample } from './sample';
import { takeSample } from './take-sample';

export interface CellOptions {
  readonly policies: readonly PolicyName[];
  readonly seconds: number;
  readonly rounds: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Lets all policies do the same in turn, round by round, in an order that rotates. */
export async function measureCell(
  ring: Ring,
  cell: Cell,
  capacity: number,
  { policies, seconds, rounds, say, signal }: CellOptions,
): Promise<CellFigure> {
  const samples = new Map<PolicyName, Sample[]>(policies.map((policy) => [policy, []]));
  const perSecond = (capacity * cell.load) / 100;
  for (let round = 0; round < rounds; round++) {
    const turn = round % policies.length;
    // What the machine does besides disturbs all of them, whoever is first.
    for (const policy of [...policies.slice(turn), ...policies.slice(0, turn)]) {
      signal.throwIfAborted();
      const seed = randomInt(2 ** 31);
      const sample = await takeSample(ring, cell, policy, { seconds, perSecond, seed });
      samples.get(policy)?.push(sample);
      say(`${titleOf(cell)}, round ${round + 1}, ${policy.padEnd(12)} ${describe(sample)}`);
    }
  }
  return figureOf(cell, { rounds, seconds, perSecond }, samples);
}

function describe({ goodput, attempts, mostAttempts, p50, p99, spread, refused }: Sample): string {
  const refusals = Object.entries(refused).map(([reason, count]) => `${count} ${reason}`);
  return [
    `${Math.round(goodput).toLocaleString('en-US')}/s`,
    `${attempts.toFixed(2)} attempts, most ${mostAttempts}`,
    `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
    `most/fewest ${spread.toFixed(2)}`,
    ...(refusals.length > 0 ? [`refused: ${refusals.join(', ')}`] : []),
  ].join('; ');
}
