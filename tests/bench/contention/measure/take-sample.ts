import { titleOf, type Cell } from '../cells';
import type { PolicyName } from '../policies/policy';
import type { Job } from '../worker/job';
import type { Ring } from './ring';
import { committedBy, summarize, type Sample } from './sample';

/** Sources have no line for a connection in the closed loop; in the open one they have this many. */
const openConnections = 16;

const warmUpMs = 300;

export interface SampleOptions {
  readonly seconds: number;
  /** Units that arrive in a second, at all processes together; only in the open loop. */
  readonly perSecond: number;
  readonly seed: number;
}

/**
 * Lets the writers of one policy loose on the rows of a cell, and counts afterwards what is in them.
 *
 * @throws {Error} The rows do not hold what was committed, or a unit met something other than a rival.
 */
export async function takeSample(
  ring: Ring,
  cell: Cell,
  policy: PolicyName,
  options: SampleOptions,
): Promise<Sample> {
  const { rows, picks, processes } = cell;
  const { stage, crew, proxy } = ring;
  await stage.fill(rows + processes * picks);
  await proxy.delay(cell.delayMs);
  const keys = { first: 1, count: rows };
  const before = await stage.sums(keys);
  try {
    const reports = await crew.run(jobsOf(ring, cell, policy, options));
    const { balances } = await stage.sums(keys);
    const added = balances - before.balances;
    const committed = committedBy(reports) * picks;
    if (added !== committed) {
      throw new Error(`the cell is void: ${committed} committed increments, ${added} in the rows`);
    }
    return summarize(reports, options.seconds * 1_000);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const what = `${titleOf(cell)}, ${policy}, seed ${options.seed}`;
    throw new Error(`${what}: ${reason}`, { cause: error });
  }
}

function jobsOf(
  { engine, url, proxy }: Ring,
  { processes, writers, rows, picks, delayMs, loop }: Cell,
  policy: PolicyName,
  { seconds, perSecond, seed }: SampleOptions,
): Job[] {
  const target = { engine, url: delayMs === 0 ? url : proxy.url };
  return Array.from({ length: processes }, (_, index): Job => {
    // The first ones take what does not divide.
    const own = Math.ceil((writers - index) / processes);
    const firstKey = rows + 1 + index * picks;
    return {
      policy,
      target,
      connections: loop === 'closed' ? own : openConnections / processes,
      writers: own,
      perSecond: perSecond / processes,
      rows,
      picks,
      ownKeys: Array.from({ length: picks }, (_, pick) => firstKey + pick),
      warmUpMs,
      ms: seconds * 1_000,
      seed: seed + index,
    };
  });
}
