import { setTimeout as wait } from 'node:timers/promises';

import {
  allOf,
  constantBackoff,
  maxAttempts,
  noReplay,
  TransientError,
  unitOfWork,
} from '../../../lib/index';
import { Account } from '../../fixtures/account';
import { rejectionOf } from '../../support/accounts';
import { openAccounts, storedAccount } from '../support/accounts';
import type { ClusterDatabase } from '../support/cluster-database';
import type { Find } from '../support/describe-cluster';

const lonely = 3;
const timeoutMs = 60_000;

/** Defines what a unit is told by a node that the others cannot reach. */
export function defineLostNodes(database: Find<ClusterDatabase>): void {
  const isolate = (is: 0 | 1) =>
    database().sql(lonely, `SET GLOBAL wsrep_provider_options = 'gmcast.isolate=${is}'`);
  const readyIs = async (wanted: 'ON' | 'OFF') => {
    for (;;) {
      const [row] = await database().sql(lonely, "SHOW STATUS LIKE 'wsrep_ready'");
      if (row?.['Value'] === wanted) return;
      await wait(50);
    }
  };
  /** Runs something while a node is alone, with a pool that has no connection to it. */
  async function whileAlone(run: () => Promise<void>): Promise<void> {
    const source = database().source(lonely);
    await isolate(1);
    try {
      await readyIs('OFF');
      await source.destroy();
      await source.initialize();
      await run();
    } finally {
      await isolate(0);
      await readyIs('ON');
      await database().untilSame();
    }
  }

  it(
    'refuses new connections to it, also where it would let read what is old',
    () =>
      whileAlone(async () => {
        await database().sql(lonely, 'SET GLOBAL wsrep_dirty_reads = ON');
        const read = () =>
          unitOfWork(database().source(lonely), (uow) => uow.find(Account), { retry: noReplay });

        const error = await rejectionOf(read());

        await database().sql(lonely, 'SET GLOBAL wsrep_dirty_reads = OFF');
        expect(error).toBeInstanceOf(TransientError);
        expect(String(error)).toContain('not ready to take part in its cluster');
      }),
    timeoutMs,
  );

  it(
    'runs again until it is back',
    async () => {
      const [id = 0] = await openAccounts(database(), [0]);
      const retry = allOf(maxAttempts(100), constantBackoff(200));
      let unit: Promise<unknown> | undefined;
      const errors: string[] = [];
      await whileAlone(async () => {
        unit = unitOfWork(
          database().source(lonely),
          async (uow) => void ((await uow.findOneByOrFail(Account, { id })).balance += 1),
          {
            retry: (failure) => {
              errors.push(failure.error.name);
              return retry(failure);
            },
          },
        );
        unit.catch(() => undefined);
        while (errors.length < 2) await wait(20);
      });

      await unit;

      expect(new Set(errors)).toEqual(new Set(['TransientError']));
      expect(await storedAccount(database(), id)).toEqual({ balance: 1, version: 2 });
    },
    timeoutMs,
  );
}
