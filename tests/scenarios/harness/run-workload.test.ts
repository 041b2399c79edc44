import { Account } from '../../fixtures/account';
import { chooseVariants } from '../../setup/database/matrix';
import { onEachDatabase, type TestDatabase } from '../../setup/on-each-database';
import { rejectionOf } from '../../support/accounts';
import { withFreshDatabase } from '../../support/with-fresh-database';
import { scenarios } from '../scenarios';
import type { Scenario } from '../scenario';
import { runWorkload } from './run-workload';
import { Workers } from './workers';
import type { Address } from './workload-job';

const choices = { variant: 'unit-of-work', isolation: 'READ COMMITTED', seed: 7 } as const;

const addressOf = (database: TestDatabase) => database.options as Address;

onEachDatabase(
  'a workload',
  [],
  (database) => {
    const run = (changes: Partial<Scenario>, workers?: Workers) =>
      withFreshDatabase(database.server, (url) => {
        const scenario = { ...(scenarios[0] as Scenario), ...changes };
        const address = { ...addressOf(database), url };
        return runWorkload({
          scenario,
          address,
          size: 0.01,
          ...choices,
          ...(workers && { workers }),
        });
      });

    it('whose process fails ends with its error and the seed', async () => {
      const unlisted = { name: 'unlisted', entities: [Account], fill: async () => undefined };

      const error = await rejectionOf(run(unlisted));

      expect(String(error)).toContain('unlisted, unit-of-work at READ COMMITTED, seed 7');
      expect(String(error)).toContain('scenarios.ts lists no scenario unlisted');
    });

    it('whose check fails ends with its error and the seed', async () => {
      const error = await rejectionOf(
        run({ inspect: () => Promise.reject(new Error('no table')) }),
      );

      expect(String(error)).toMatch(/seed 7: no table$/);
    });

    it('whose process failed is not in the way of the next one', async () => {
      const workers = new Workers();
      const share = { ...choices, process: 0, processes: 1, size: 0.01 };
      const job = { scenario: scenarios[0]!.name, address: addressOf(database), share };

      // The first one is connected and waits for the second.
      const error = await rejectionOf(workers.run([job, { ...job, scenario: 'unlisted' }]));
      const { unexpected, committed } = await run({}, workers);
      await workers.end();

      expect(String(error)).toContain('scenarios.ts lists no scenario unlisted');
      expect(unexpected).toEqual([]);
      expect(committed).toBeGreaterThan(0);
    });
  },
  // The harness is the same on every database.
  ({ name }) => name === chooseVariants()[0]?.name,
);
