import {
  ConcurrencyError,
  noReplay,
  unitOfWork,
  UsageError,
  type UnitOfWork,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { Plain } from '../fixtures/values';
import { onEachDatabase } from '../setup/on-each-database';
import { onEachIsolation } from '../setup/on-each-isolation';
import { changeAsRival, insertAccounts, rejectionOf, storedAccount } from '../support/accounts';

onEachDatabase('assertUnchanged', [Account, Plain], (database) => {
  it('makes a change of a row that was only read a conflict', async () => {
    const [read, written] = await insertAccounts(database, [1, 2]);
    let attempts = 0;

    await unitOfWork(database.source, async (uow) => {
      attempts++;
      const limit = await uow.findOneByOrFail(Account, { id: read });
      uow.assertUnchanged(limit);
      const account = await uow.findOneByOrFail(Account, { id: written });
      if (attempts === 1) await changeAsRival(database, read, 50);
      account.balance = limit.balance;
    });

    expect(attempts).toBe(2);
    expect(await storedAccount(database, written)).toMatchObject({ balance: 50, version: 2 });
    expect(await storedAccount(database, read)).toMatchObject({ version: 2 });
  });

  it('names the row with the version expected and the version found', async () => {
    const [id] = await insertAccounts(database, [1]);

    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          uow.assertUnchanged(await uow.findOneByOrFail(Account, { id }));
          await changeAsRival(database, id, 50);
        },
        { retry: noReplay },
      ),
    );

    expect(error).toMatchObject({
      replayable: true,
      conflicts: [{ operation: 'assert-unchanged', expectedVersion: 1, actualVersion: 2 }],
    });
  });

  it('refuses an entity without a row version', async () => {
    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) => {
        uow.add(Object.assign(new Plain(), { id: 1, text: '' }));
        const [plain] = await uow.flush().then(() => uow.find(Plain));
        uow.assertUnchanged(plain!);
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
  });

  onEachIsolation((isolation) => {
    /** Two on duty; either may leave if the other stays. Both decide before either writes. */
    const leaveBoth = async (check: (uow: UnitOfWork, other: Account) => void) => {
      const ids = await insertAccounts(database, [1, 1]);
      let decided = 0;
      let open: () => void;
      const bothDecided = new Promise<void>((resolve) => (open = resolve));
      const leave = (mine: number, others: number) =>
        unitOfWork(
          database.source,
          async (uow) => {
            const me = await uow.findOneByOrFail(Account, { id: mine });
            const other = await uow.findOneByOrFail(Account, { id: others });
            check(uow, other);
            if (++decided === 2) open();
            await bothDecided;
            if (other.balance === 1) me.balance = 0;
          },
          { isolation, retry: { maxAttempts: 20 } },
        );
      await Promise.all([leave(ids[0], ids[1]), leave(ids[1], ids[0])]);
      const rows = await Promise.all(ids.map((id) => storedAccount(database, id)));
      return rows.reduce((sum, row) => sum + (row?.balance ?? 0), 0);
    };

    it('lets one of two units leave that each may leave only if the other stays', async () => {
      expect(await leaveBoth((uow, other) => uow.assertUnchanged(other))).toBe(1);
    });

    const isSerializable = isolation === 'SERIALIZABLE';
    it(`${isSerializable ? 'is not needed' : 'is what keeps them apart'} there`, async () => {
      expect(await leaveBoth(() => undefined)).toBe(isSerializable ? 1 : 0);
    });
  });

  it('does not deadlock two units that assert what the other writes', async () => {
    const ids = await insertAccounts(database, [1, 1]);
    const kinds = new Set<string>();

    for (let round = 0; round < 50; round++) {
      await Promise.all(
        [ids, ids.toReversed()].map(([mine, others]) =>
          unitOfWork(
            database.source,
            async (uow) => {
              const me = await uow.findOneByOrFail(Account, { id: mine! });
              uow.assertUnchanged(await uow.findOneByOrFail(Account, { id: others! }));
              me.balance += 1;
            },
            {
              retry: ({ error }) => {
                kinds.add(ConcurrencyError.is(error) ? error.kind : error.name);
                return { retry: true, delayMs: 1 };
              },
            },
          ),
        ),
      );
    }

    expect([...kinds]).toEqual(['row-version']);
    expect(await storedAccount(database, ids[0])).toMatchObject({ balance: 51, version: 51 });
  });
});
