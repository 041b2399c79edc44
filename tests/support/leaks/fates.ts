import type { DataSource } from 'typeorm';

import { unitOfWork, type UnitOfWork, type UnitOfWorkOptions } from '../../../lib/index';
import { Account } from '../../fixtures/account';
import type { TestDatabase } from '../../setup/on-each-database';
import { changeAsRival } from '../accounts';

/** What a unit needs that is to end in a certain way. */
export interface Scene {
  readonly database: TestDatabase;
  readonly source: DataSource;
  /** The account of the lane that the unit runs in. */
  readonly id: number;
  /** Outlives every unit: what listens to it and stays is kept for ever. */
  readonly signal: AbortSignal;
}

export interface Fate {
  /** Name of the error that the unit ends with. */
  readonly error?: string;
  readonly options?: (abort: AbortController) => UnitOfWorkOptions;
  readonly work: (uow: UnitOfWork, scene: Scene, abort: AbortController) => Promise<unknown>;
}

const load = (uow: UnitOfWork, { id }: Scene) => uow.findOneByOrFail(Account, { id });

const change = async (uow: UnitOfWork, scene: Scene) => {
  (await load(uow, scene)).balance += 1;
};

const fail = () => Promise.reject(new Error('thrown'));

export const fates: Readonly<Record<string, Fate>> = {
  'is committed': { work: change },
  'is committed in a transaction, with a callback': {
    async work(uow, scene) {
      await change(uow, scene);
      await uow.flush();
      uow.afterCommit(() => uow.attempt);
      uow.add(Object.assign(new Account(), { owner: 'added' }));
    },
  },
  'loses and runs again': {
    async work(uow, scene) {
      const account = await load(uow, scene);
      if (uow.attempt === 1) await changeAsRival(scene.database, scene.id, 0);
      account.balance += 1;
    },
  },
  'throws after it has written': {
    error: 'Error',
    async work(uow, scene) {
      await change(uow, scene);
      await uow.flush();
      await fail();
    },
  },
  'is given up by its signal': {
    error: 'UnitAbortedError',
    options: ({ signal }) => ({ signal }),
    async work(uow, scene, abort) {
      await change(uow, scene);
      await uow.flush();
      abort.abort();
      await load(uow, scene);
    },
  },
  'ends before its time is up': { options: () => ({ timeoutMs: 60_000 }), work: change },
  'has a part that fails and one that does not': {
    async work(uow, scene) {
      await change(uow, scene);
      await uow.savepoint(() => change(uow, scene).then(fail)).catch(() => undefined);
      await uow.savepoint(() => change(uow, scene));
    },
  },
  'is applied exactly once': { options: () => ({ exactlyOnce: true }), work: change },
  'has another one inside': {
    work: (_, scene) => unitOfWork(scene.source, (uow) => change(uow, scene)),
  },
  'is refused by the database': {
    error: 'QueryFailedError',
    async work(uow, scene) {
      await load(uow, scene);
      uow.add(Object.assign(new Account(), { id: scene.id }));
    },
  },
};
