import { unitOfWork, UsageError, type UnitOfWork, type UnitOfWorkOptions } from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { changeAsRival, insertAccounts, rejectionOf, storedAccount } from '../support/accounts';

onEachDatabase('a nested unit', [Account], (database) => {
  const run = <T>(work: (uow: UnitOfWork) => Promise<T>, options?: UnitOfWorkOptions) =>
    unitOfWork(database.source, work, options);
  const withdraw = (id: number, amount: number, options?: UnitOfWorkOptions) =>
    run(async (uow) => {
      const account = await uow.findOneByOrFail(Account, { id });
      account.balance -= amount;
      return account;
    }, options);

  it('joins the unit that is open: one identity map, one transaction, one version', async () => {
    const [id] = await insertAccounts(database, [100]);

    const same = await run(async (uow) => {
      const outer = await uow.findOneByOrFail(Account, { id });
      outer.balance -= 1;
      return (await withdraw(id, 2)) === outer && (await withdraw(id, 3)) === outer;
    });

    expect(same).toBe(true);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 94, version: 2 });
  });

  it('has written what it changed when it ends, and keeps nothing if the outer unit fails', async () => {
    const fresh = Object.assign(new Account(), { balance: 5 });
    let id: number | undefined;

    const error = await rejectionOf(
      run(async () => {
        await run(async (uow) => uow.add(fresh));
        id = fresh.id;
        throw new Error('the outer unit fails');
      }),
    );

    expect(error).toMatchObject({ message: 'the outer unit fails' });
    expect(id).toBeGreaterThan(0);
    expect(fresh.id).toBeUndefined();
    expect(await storedAccount(database, id!)).toBeUndefined();
  });

  it('is replayed with the outermost one, and not by itself', async () => {
    const [id] = await insertAccounts(database, [100]);
    const runs = { outer: 0, inner: 0 };

    await run(async () => {
      runs.outer++;
      await run(async (uow) => {
        runs.inner++;
        const account = await uow.findOneByOrFail(Account, { id });
        if (uow.attempt === 1) await changeAsRival(database, id, 50);
        account.balance -= 10;
      });
    });

    expect(runs).toEqual({ outer: 2, inner: 2 });
    expect(await storedAccount(database, id)).toMatchObject({ balance: 40, version: 3 });
  });

  it('ends the whole unit when it fails, though the outer function goes on', async () => {
    const [id] = await insertAccounts(database, [100]);
    const refused = new Error('not enough');

    const error = await rejectionOf(
      run(async () => {
        await withdraw(id, 1);
        await run(async () => {
          throw refused;
        }).catch(() => undefined);
      }),
    );

    expect(error).toMatchObject({ name: 'TransactionFailedError', cause: refused });
    expect(await storedAccount(database, id)).toMatchObject({ balance: 100, version: 1 });
  });

  it('is not left behind by an outer function that does not await it', async () => {
    const [id] = await insertAccounts(database, [100]);
    let left: Promise<unknown> = Promise.resolve();

    const error = await rejectionOf(
      run(async () => {
        left = withdraw(id, 1).catch(() => undefined);
      }),
    );
    await left;

    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(/still pending when its function returned/);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 100, version: 1 });
  });

  it.each<[string, UnitOfWorkOptions, RegExp]>([
    ['a retry policy', { retry: { maxAttempts: 3 } }, /cannot have its own retry:/],
    ['a deadline', { timeoutMs: 1_000 }, /cannot have its own timeoutMs:/],
    ['a signal', { signal: new AbortController().signal }, /cannot have its own signal:/],
    [
      'a stricter isolation',
      { isolation: 'SERIALIZABLE' },
      /asks for SERIALIZABLE, and the one that is open runs at READ COMMITTED/,
    ],
  ])('is refused with %s, and nothing is stored', async (_, options, message) => {
    const [id] = await insertAccounts(database, [100]);

    const error = await rejectionOf(
      run(async () => {
        await withdraw(id, 1);
        await withdraw(id, 2, options);
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(message);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 100, version: 1 });
  });

  it('may name itself, and an isolation that the open unit has or exceeds', async () => {
    const [id] = await insertAccounts(database, [100]);

    await run(
      async () => {
        await withdraw(id, 1, { name: 'withdraw', isolation: 'REPEATABLE READ' });
        await withdraw(id, 1, { isolation: 'READ COMMITTED' });
      },
      { isolation: 'REPEATABLE READ' },
    );

    expect(await storedAccount(database, id)).toMatchObject({ balance: 98, version: 2 });
  });

  it('is a unit of its own where it has another data source', async () => {
    const [id] = await insertAccounts(database, [100]);
    const other = await database.openSource();

    await rejectionOf(
      run(async () => {
        await unitOfWork(other, async (uow) => {
          (await uow.findOneByOrFail(Account, { id })).balance = 7;
        });
        throw new Error('the outer unit fails');
      }),
    );

    expect(await storedAccount(database, id)).toMatchObject({ balance: 7, version: 2 });
  });
});
