import { describeOutcome } from '../../scenarios/harness/describe-outcome';
import { violationsOf } from '../../scenarios/harness/outcome';
import { runWorkload } from '../../scenarios/harness/run-workload';
import { typedRefusal } from '../../scenarios/harness/tally-keeper';
import { Workers } from '../../scenarios/harness/workers';
import type { Address } from '../../scenarios/harness/workload-job';
import type { Variant } from '../../scenarios/scenario';
import { scenarios } from '../../scenarios/scenarios';
import type { Cluster } from '../nodes/cluster';
import { ClusterDatabase } from '../support/cluster-database';
import type { Find } from '../support/describe-cluster';
import { isFull } from '../support/size';

const timeoutMs = 300_000;
const size = isFull ? 1 : 0.02;
/** What each system did corrupts here too; once before a release is enough to see it. */
const variants: readonly Variant[] = isFull ? ['unit-of-work', 'naive'] : ['unit-of-work'];

/** Defines the workloads of the five systems, with processes that each have a node of their own. */
export function defineSystems(cluster: Find<Cluster>): void {
  const workers = new Workers();
  afterAll(() => workers.end());
  const cases = scenarios.flatMap((scenario) => variants.map((variant) => ({ scenario, variant })));

  it.each(cases)(
    'leaves nothing wrong in units of work, and tells what others do: $scenario.name, $variant',
    async ({ scenario, variant }) => {
      const database = await ClusterDatabase.open(cluster(), []);
      const [address, ...others] = database.urls.map((url): Address => ({ type: 'mariadb', url }));
      if (!address) throw new Error('a cluster has nodes');
      try {
        const outcome = await runWorkload({
          scenario,
          variant,
          isolation: 'READ COMMITTED',
          size,
          address,
          addresses: [address, ...others],
          processes: 3,
          untilSame: () => database.untilSame(),
          workers,
        });

        process.stdout.write(
          `${scenario.name} on three nodes, ${variant}: ${describeOutcome(outcome)}\n`,
        );
        const { unexpected, refused, committed, operations, seed } = outcome;
        expect(committed).toBeGreaterThan(0);
        if (variant === 'naive') return;
        const untyped = Object.keys(refused).filter((kind) => !typedRefusal.test(kind));
        const violations = outcome.violations.filter(({ count }) => count !== 0);
        expect({ seed, unexpected, untyped, violations }).toEqual({
          seed,
          unexpected: [],
          untyped: [],
          violations: [],
        });
        expect(violationsOf(outcome)).toBe(0);
        expect(committed / operations).toBeGreaterThan(0.9);
        expect(new Set(await database.checksums()).size).toBe(1);
      } finally {
        await database.close();
      }
    },
    timeoutMs,
  );
}
