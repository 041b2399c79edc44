import { EntitySchema, type DataSource } from 'typeorm';
import { rowVersionColumn, unitOfWork, UsageError } from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { insertAccounts, rejectionOf, storedAccounts } from '../support/accounts';

class Blob {
  id: Buffer;
  title: string;
  version: number;
}

const bytes = (value: number) => Buffer.alloc(4, value);

onEachDatabase('a key that was changed in memory', [Account], (database) => {
  const isPostgres = database.engine === 'postgres';
  const blobs = new EntitySchema<Blob>({
    name: 'Blob',
    target: Blob,
    tableName: 'blob_row',
    columns: {
      id: isPostgres
        ? { type: 'bytea', primary: true }
        : { type: 'varbinary', length: 4, primary: true },
      title: { type: 'varchar', length: 20 },
      version: rowVersionColumn(),
    },
  });
  let source: DataSource;
  beforeAll(async () => {
    source = await database.openSource({ entities: [blobs], synchronize: true });
    const stored = [1, 2].map((value) =>
      Object.assign(new Blob(), { id: bytes(value), title: 'kept' }),
    );
    await unitOfWork(source, async (uow) => uow.add(stored));
  });

  const changes: [string, (one: Blob) => void][] = [
    ['in place', (one) => one.id.fill(2)],
    ['by another one', (one) => (one.id = bytes(2))],
  ];

  it.each(changes)('%s does not make another row the one that is removed', async (_, change) => {
    const error = await rejectionOf(
      unitOfWork(source, async (uow) => {
        const [one] = await uow.find(Blob, { order: { id: 'ASC' } });
        change(one!);
        uow.remove(one!);
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect(await source.manager.count(Blob)).toBe(2);
  });

  it.each(changes)('%s does not make another row the one that is changed', async (_, change) => {
    const error = await rejectionOf(
      unitOfWork(source, async (uow) => {
        const [one] = await uow.find(Blob, { order: { id: 'ASC' } });
        change(one!);
        one!.title = 'changed';
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect((await source.manager.find(Blob)).map(({ title }) => title)).toEqual(['kept', 'kept']);
  });

  it('is refused where the row is removed', async () => {
    const [id, other] = await insertAccounts(database, [0, 0]);

    const removed = unitOfWork(database.source, async (uow) => {
      const account = await uow.findOneByOrFail(Account, { id });
      account.id = other;
      uow.remove(account);
    });

    await expect(removed).rejects.toThrow(/the key of Account.* was changed/);
    expect((await storedAccounts(database)).map((row) => row.id)).toEqual([id, other]);
  });
});
