import { Account } from '../../fixtures/account';
import { chooseVariants } from '../../setup/database/matrix';
import { onEachDatabase } from '../../setup/on-each-database';
import { rejectionOf } from '../../support/accounts';
import { withFreshDatabase } from '../../support/with-fresh-database';
import { scenarios } from '../scenarios';
import type { Scenario } from '../scenario';
import { runWorkload } from './run-workload';
import type { Address } from './workload-job';

onEachDatabase(
  'a workload',
  [],
  (database) => {
    const run = (changes: Partial<Scenario>) =>
      withFreshDatabase(database.server, (url) => {
        const { type } = database.options as Pick<Address, 'type'>;
        const scenario = { ...(scenarios[0] as Scenario), ...changes };
        const choices = { variant: 'unit-of-work', isolation: 'READ COMMITTED', seed: 7 } as const;
        return runWorkload({ scenario, address: { type, url }, size: 0.01, ...choices });
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
  },
  // The harness is the same on every database.
  ({ name }) => name === chooseVariants()[0]?.name,
);
