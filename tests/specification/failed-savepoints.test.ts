import { outsideUnitOfWork, unitOfWork, UsageError, type UnitOfWork } from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { changeAsRival, insertAccounts, rejectionOf, storedAccount } from '../support/accounts';

const find = (uow: UnitOfWork, id: number) => uow.findOneByOrFail(Account, { id });
const thrown = new Error('thrown');

onEachDatabase('a savepoint that failed', [Account], (database) => {
  const changes: readonly [string, (uow: UnitOfWork, account: Account) => Promise<unknown>][] = [
    ['an assignment', async (_uow, account) => (account.balance = 0)],
    ['a statement', (uow, { id }) => uow.manager.update(Account, { id }, { balance: 0 })],
  ];

  it.each(changes)(
    'does not hide what a rival does to a row that %s in it had changed',
    async (_title, change) => {
      const [id] = await insertAccounts(database, [100]);
      const attempts: number[] = [];

      await unitOfWork(database.source, async (uow) => {
        attempts.push(uow.attempt);
        const account = await find(uow, id);
        const seen = account.balance;
        const part = uow.savepoint(async () => {
          await change(uow, account);
          throw thrown;
        });
        await rejectionOf(part);
        if (uow.attempt === 1) await outsideUnitOfWork(() => changeAsRival(database, id, 1_000));
        (await find(uow, id)).balance = seen - 10;
      });

      expect(attempts).toEqual([1, 2]);
      expect(await storedAccount(database, id)).toMatchObject({ balance: 990 });
    },
  );

  it('does not make a row of the unit’s own a conflict', async () => {
    const [id] = await insertAccounts(database, [100]);

    const attempts = await unitOfWork(database.source, async (uow) => {
      for (let round = 0; round < 3; round++) {
        const account = await find(uow, id);
        await rejectionOf(
          uow.savepoint(async () => {
            account.balance = 0;
            throw thrown;
          }),
        );
        (await find(uow, id)).balance += 1;
        await uow.flush();
      }
      return uow.attempt;
    });

    expect(attempts).toBe(1);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 103 });
  });

  it('does not let save() of what it has given up write nothing', async () => {
    const [id] = await insertAccounts(database, [100]);

    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) => {
        const account = await find(uow, id);
        const part = uow.savepoint(async () => {
          account.balance = 5;
          await uow.manager.save(account);
          throw thrown;
        });
        await rejectionOf(part);
        await uow.manager.save(account);
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 100 });
  });

  it('is rolled back in memory though an entity was frozen in it', async () => {
    const [id] = await insertAccounts(database, [0]);

    const seen = await unitOfWork(database.source, async (uow) => {
      const account = await find(uow, id);
      const added = Object.assign(new Account(), { balance: 1 });
      const part = uow.savepoint(async () => {
        account.balance = 5;
        await uow.flush();
        uow.add(added);
        await uow.flush();
        Object.freeze(added);
        throw thrown;
      });
      expect(await rejectionOf(part)).toBe(thrown);
      return find(uow, id);
    });

    expect(seen).toMatchObject({ balance: 0, version: 1 });
    expect(await storedAccount(database, id)).toMatchObject({ balance: 0, version: 1 });
  });
});
