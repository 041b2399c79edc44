import { setTimeout as wait } from 'node:timers/promises';

import { configureUnitOfWork, unitOfWork, UsageError, type UnitOfWork } from '../../../lib/index';
import { Account } from '../../fixtures/account';
import { rejectionOf } from '../../support/accounts';
import { depositOn, openAccounts } from '../support/accounts';
import type { ClusterDatabase } from '../support/cluster-database';
import type { Find } from '../support/describe-cluster';

const stalledMs = 800;

/** Defines what a unit reads when it runs again, and where. */
export function defineReplays(database: Find<ClusterDatabase>): void {
  it('reads, when it runs again, what was committed anywhere before', async () => {
    const [id = 0] = await openAccounts(database(), [0]);
    // A connection of its own: it holds the lock until it is told to let go.
    const runner = database().source(2).createQueryRunner();
    /** Node 2 takes nothing of the others for a while, in which the row is changed. */
    const stall = async () => {
      await runner.query('FLUSH TABLES WITH READ LOCK');
      await depositOn(database(), 1, id);
      await wait(stalledMs);
      await runner.query('UNLOCK TABLES');
    };
    let stalled: Promise<void> | undefined;
    const work = async (uow: UnitOfWork) => {
      const account = await uow.findOneByOrFail(Account, { id });
      if (uow.attempt > 1) return account.balance;
      await depositOn(database(), 1, id);
      await database().untilSame();
      return (account.balance += 1);
    };
    // It runs again when node 2 has fallen behind.
    const retry = () => {
      stalled = stall();
      return { retry: true, delayMs: stalledMs / 2 } as const;
    };
    try {
      const balance = await unitOfWork(database().source(2), work, { retry });

      expect(balance).toBe(200);
    } finally {
      await stalled;
      await runner.release();
    }
  });

  it('runs again on the writer, if there is one, and is one unit with those inside', async () => {
    const [id = 0] = await openAccounts(database(), [0]);
    const source = database().source(2);
    configureUnitOfWork(source, { writer: database().source(1) });
    try {
      const nodes: unknown[] = [];
      await unitOfWork(source, async (uow) => {
        const account = await uow.findOneByOrFail(Account, { id });
        nodes.push(...(await uow.manager.query('SELECT @@wsrep_node_name AS name')));
        account.balance += 1;
        await uow.flush();
        if (uow.attempt === 1) await depositOn(database(), 3, id);
        await unitOfWork(source, async (inner) => expect(inner).toBe(uow));
      });

      expect(nodes).toEqual([{ name: 'node-2' }, { name: 'node-1' }]);
    } finally {
      configureUnitOfWork(source, {});
    }
  });

  it('refuses a writer that is closed, before anything is read', async () => {
    const source = database().source(2);
    const { options } = database().source(1);
    // As TypeORM makes it: nothing has opened it.
    const closed = new (source.constructor as new (o: typeof options) => typeof source)(options);
    configureUnitOfWork(source, { writer: closed });
    try {
      const error = await rejectionOf(unitOfWork(source, (uow) => uow.find(Account)));
      expect(error).toBeInstanceOf(UsageError);
      expect(String(error)).toContain('await writer.initialize()');
    } finally {
      configureUnitOfWork(source, {});
    }
  });
}
