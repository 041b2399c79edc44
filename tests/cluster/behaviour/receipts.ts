import { setTimeout as wait } from 'node:timers/promises';

import {
  AlreadyAppliedError,
  configureUnitOfWork,
  unitOfWork,
  type UnitOfWork,
} from '../../../lib/index';
import { Account } from '../../fixtures/account';
import { withStatementProxy } from '../../support/statement-proxy';
import { openAccounts, storedAccount } from '../support/accounts';
import type { ClusterDatabase } from '../support/cluster-database';
import type { Find } from '../support/describe-cluster';

const requests = 60;

/** So long after its client was cut off a COMMIT has reached its server, and what came of it the others. */
const untilLateMs = 1_000;

/** Defines that a key is used once, whichever node it is used on. */
export function defineReceipts(database: Find<ClusterDatabase>): void {
  it(`applies each of ${requests} requests once that come to all nodes at the same time`, async () => {
    const [id = 0] = await openAccounts(database(), [0]);
    const told = { applied: 0, already: 0 };
    for (let request = 0; request < requests; request++) {
      const exactlyOnce = { key: `request ${request}` };
      const add = (node: number) =>
        unitOfWork(
          database().source(node),
          async (uow) => void ((await uow.findOneByOrFail(Account, { id })).balance += 1),
          { exactlyOnce },
        );

      const outcomes = await Promise.allSettled([add(1), add(2), add(3)]);

      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') told.applied++;
        else {
          expect(outcome.reason).toBeInstanceOf(AlreadyAppliedError);
          told.already++;
        }
      }
    }

    expect(told).toEqual({ applied: requests, already: 2 * requests });
    expect(await storedAccount(database(), id)).toMatchObject({ balance: requests });
  }, 60_000);

  it('asks another node what became of a COMMIT, and that one cannot come too late', async () => {
    const [id = 0] = await openAccounts(database(), [0]);
    let commits = 0;
    const decide = (message: string) =>
      /\bCOMMIT\b/.test(message) && ++commits === 1 ? 'delay' : 'pass';
    const options = database().optionsOf(2);

    const attempts = withStatementProxy({ options }, decide, (source) => {
      configureUnitOfWork(source, { writer: database().source(1) });
      const work = async (uow: UnitOfWork) => {
        (await uow.findOneByOrFail(Account, { id })).balance += 1;
        if (uow.attempt > 1) await wait(untilLateMs);
        return uow.attempt;
      };
      return unitOfWork(source, work, { exactlyOnce: true });
    });

    await expect(attempts).resolves.toBe(2);
    expect(await storedAccount(database(), id)).toEqual({ balance: 1, version: 2 });
  });
}
