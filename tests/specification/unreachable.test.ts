import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource } from 'typeorm';

import {
  allOf,
  constantBackoff,
  maxAttempts,
  noReplay,
  TransientError,
  unitOfWork,
  UnitOfWorkError,
  type FailedAttempt,
  type RetryPolicy,
  type UnitOfWork,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';
import { onEachIsolation } from '../setup/on-each-isolation';
import { insertAccounts, rejectionOf, storedAccount } from '../support/accounts';
import { withOneConnectionUser } from '../support/limited-user';
import { withPool } from '../support/pools';
import { Redirect, type Destination } from '../support/redirect';
import { killSession, sessionId, sleepStatement } from '../support/sessions';

/** A policy that remembers what it was asked about. */
function recordingPolicy(onFailure: (failure: FailedAttempt) => unknown = () => undefined) {
  const errors: unknown[] = [];
  const patience = allOf(maxAttempts(5), constantBackoff(5));
  const policy: RetryPolicy = (failure) => {
    errors.push(failure.error);
    onFailure(failure);
    return patience(failure);
  };
  return { errors, policy };
}

/** A port that nobody listens on. */
async function closedPort(): Promise<Destination> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return { host: '127.0.0.1', port };
}

const unknownHost = (): Promise<Destination> =>
  Promise.resolve({ host: 'database.invalid', port: 1 });

/** Runs `work` while the pool has no idle connection and can open new ones only where it is sent. */
async function withRedirect(
  database: TestDatabase,
  work: (source: DataSource, redirect: Redirect) => Promise<void>,
): Promise<void> {
  const redirect = new Redirect();
  await withPool(database, { poolSize: 2, extra: redirect.extra }, async (source) => {
    const holder = source.createQueryRunner();
    await holder.connect();
    try {
      await work(source, redirect);
    } finally {
      await holder.release();
    }
  });
}

const codesOf = (error: unknown) => {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return [code, cause?.code];
};

onEachDatabase('a database that cannot be reached', [Account], (database) => {
  it.each([
    ['behind a closed port', closedPort, ['ECONNREFUSED']],
    // A machine without any name server gives the second answer.
    ['on an unknown host', unknownHost, ['ENOTFOUND', 'EAI_AGAIN']],
  ] as const)(
    'ends a unit with the driver’s own error, once, when it is %s',
    async (_, where, codes) => {
      const { errors, policy } = recordingPolicy();
      const work = jest.fn();

      await withRedirect(database, async (source, redirect) => {
        redirect.to(await where());
        const error = await rejectionOf(
          unitOfWork(source, (uow) => uow.find(Account).then(work), { retry: policy }),
        );

        expect(error).not.toBeInstanceOf(UnitOfWorkError);
        expect(codes).toContain((error as { code?: unknown }).code);
        expect(redirect.attempts).toBe(1);
        expect(errors).toEqual([]);
        expect(work).not.toHaveBeenCalled();
      });
    },
  );

  it('is waited for when it was reached before in the same unit', async () => {
    const [id] = await insertAccounts(database, [0]);

    await withRedirect(database, async (source, redirect) => {
      const nowhere = await closedPort();
      const { errors, policy } = recordingPolicy(({ attempt }) =>
        redirect.to(attempt === 1 ? nowhere : undefined),
      );
      await unitOfWork(
        source,
        async (uow) => {
          const account = await uow.findOneByOrFail(Account, { id });
          if (errors.length === 0) {
            await killSession(database, await sessionId(database, uow.manager));
          }
          account.balance += 1;
        },
        { retry: policy },
      );

      expect(errors).toHaveLength(2);
      expect(errors.every((error) => error instanceof TransientError)).toBe(true);
      expect(codesOf(errors[1])).toContain('ECONNREFUSED');
    });
    expect(await storedAccount(database, id)).toMatchObject({ balance: 1, version: 2 });
  });
});

onEachDatabase('a database with too many clients', [Account], (database) => {
  const code = {
    postgres: '53300',
    mariadb: 'ER_USER_LIMIT_REACHED',
    mysql: 'ER_USER_LIMIT_REACHED',
  };

  it('is asked again until there is room', async () => {
    const [id] = await insertAccounts(database, [0]);

    await withOneConnectionUser(database, (url) =>
      withPool(database, { url, poolSize: 2 }, async (source) => {
        const holder = source.createQueryRunner();
        await holder.connect();
        const { errors, policy } = recordingPolicy(() => holder.release());
        await unitOfWork(
          source,
          async (uow) => {
            const account = await uow.findOneByOrFail(Account, { id });
            account.balance += 1;
          },
          { retry: policy },
        );

        expect(errors).toHaveLength(1);
        expect(errors[0]).toBeInstanceOf(TransientError);
        expect(codesOf(errors[0])).toContain(code[database.engine]);
      }),
    );
    expect(await storedAccount(database, id)).toMatchObject({ balance: 1, version: 2 });
  });

  it('ends a unit that may not be replayed with a TransientError', async () => {
    const work = jest.fn();

    await withOneConnectionUser(database, (url) =>
      withPool(database, { url, poolSize: 2 }, async (source) => {
        const holder = source.createQueryRunner();
        await holder.connect();
        const error = await rejectionOf(
          unitOfWork(source, (uow) => uow.find(Account).then(work), { retry: noReplay }),
        );
        await holder.release();

        expect(error).toBeInstanceOf(TransientError);
        expect(error).toMatchObject({ attempts: 1, gaveUp: 'replays are switched off' });
        expect(work).not.toHaveBeenCalled();
      }),
    );
  });
});

/** When in a unit its connection is killed; half of the unit is written then. */
const moments: Readonly<
  Record<string, (uow: UnitOfWork, database: TestDatabase) => Promise<unknown>>
> = {
  'between two statements': async (uow, database) => {
    await killSession(database, await sessionId(database, uow.manager));
  },
  'during a statement': async (uow, database) => {
    const id = await sessionId(database, uow.manager);
    const sleeping = uow.manager.query(sleepStatement(database, 5));
    await Promise.all([sleeping, wait(20).then(() => killSession(database, id))]);
  },
  'while the function waits for something else': async (uow, database) => {
    await killSession(database, await sessionId(database, uow.manager));
    await wait(50);
  },
};

onEachDatabase('a connection that is killed', [Account], (database) => {
  onEachIsolation((isolation) => {
    it.each(Object.entries(moments))(
      '%s is replaced, and the unit is applied exactly once',
      async (_moment, kill) => {
        const [first, second] = await insertAccounts(database, [0, 0]);
        const sessions: number[] = [];
        const { errors, policy } = recordingPolicy();

        await unitOfWork(
          database.source,
          async (uow) => {
            const one = await uow.findOneByOrFail(Account, { id: first });
            const two = await uow.findOneByOrFail(Account, { id: second });
            sessions.push(await sessionId(database, uow.manager));
            one.balance += 1;
            await uow.flush();
            if (uow.attempt === 1) await kill(uow, database);
            two.balance += 1;
          },
          { retry: policy, isolation },
        );

        expect(errors).toHaveLength(1);
        expect(errors[0]).toBeInstanceOf(TransientError);
        expect(new Set(sessions).size).toBe(2);
        const expected = { balance: 1, version: 2 };
        expect(await storedAccount(database, first)).toMatchObject(expected);
        expect(await storedAccount(database, second)).toMatchObject(expected);
      },
    );

    it('when nothing but COMMIT is left ends in a replay, as COMMIT was not sent', async () => {
      const [id] = await insertAccounts(database, [0]);
      const { errors, policy } = recordingPolicy();

      await unitOfWork(
        database.source,
        async (uow) => {
          const account = await uow.findOneByOrFail(Account, { id });
          account.balance += 1;
          await uow.flush();
          if (uow.attempt > 1) return;
          await killSession(database, await sessionId(database, uow.manager));
          // The driver learns of it.
          await wait(50);
        },
        { retry: policy, isolation },
      );

      expect(errors).toHaveLength(1);
      expect(errors[0]).toBeInstanceOf(TransientError);
      expect(await storedAccount(database, id)).toMatchObject({ balance: 1, version: 2 });
    });
  });
});
