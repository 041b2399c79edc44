import { randomInt } from 'node:crypto';

import type { Scenario, Share } from '../scenario';
import { openSource } from './open-source';
import { outcomeOf, type Outcome } from './outcome';
import { Workers } from './workers';
import type { Address } from './workload-job';

export interface Workload extends Pick<Share, 'variant' | 'isolation' | 'size'> {
  readonly scenario: Scenario;
  /** An empty database. */
  readonly address: Address;
  /** Where the processes work in turn, if that is not all at the same address. */
  readonly addresses?: readonly [Address, ...Address[]];
  /** Waits until all addresses hold the same. */
  readonly untilSame?: () => Promise<void>;
  /** Default 2. The serial variant always has one. */
  readonly processes?: number;
  /** Processes that serve other workloads too. Default: some of its own, which end with it. */
  readonly workers?: Workers;
  /** Repeats the choices of an earlier run, though never its timing. */
  readonly seed?: number;
}

/**
 * Runs a workload once: fills the database, lets all processes start together, and inspects what they
 * leave behind.
 *
 * @throws {Error} A process failed or hung; the message names the seed.
 */
export async function runWorkload(workload: Workload): Promise<Outcome> {
  const { scenario, variant, isolation, size, seed = randomInt(2 ** 31) } = workload;
  const processes = variant === 'serial' ? 1 : (workload.processes ?? 2);
  const shareOf = (index: number): Share => ({
    variant,
    isolation,
    process: index,
    processes,
    size,
    // The processes must not all choose the same rows in the same order.
    seed: seed + index,
  });
  try {
    return await run(
      workload,
      Array.from({ length: processes }, (_, index) => shareOf(index)),
    );
  } catch (error) {
    const what = `${scenario.name}, ${variant} at ${isolation}, seed ${seed}`;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${what}: ${reason}`, { cause: error });
  }
}

async function run(
  { scenario, address, addresses = [address], untilSame, workers: shared }: Workload,
  shares: readonly Share[],
): Promise<Outcome> {
  const workers = shared ?? new Workers();
  try {
    const source = await openSource(address, scenario.entities);
    try {
      await source.synchronize();
      await scenario.fill(source, shares[0]?.size ?? 1);
      await untilSame?.();
      const jobs = shares.map((share) => ({
        scenario: scenario.name,
        address: addresses[share.process % addresses.length] ?? address,
        share,
      }));
      const { tallies, seconds } = await workers.run(jobs);
      await untilSame?.();
      const violations = await scenario.inspect(source, tallies);
      return outcomeOf(tallies, { violations, seconds, seed: shares[0]?.seed ?? 0 });
    } finally {
      await source.destroy();
    }
  } finally {
    if (!shared) await workers.end();
  }
}
