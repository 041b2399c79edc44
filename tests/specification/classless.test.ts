import { EntitySchema, type DataSource } from 'typeorm';
import { rowVersionColumn, unitOfWork, UsageError, type UnitOfWork } from '../../lib/index';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

interface Memo {
  id?: number;
  text: string;
  version?: number;
}

const memos = new EntitySchema<Memo>({
  name: 'Memo',
  columns: {
    id: { type: 'int', primary: true, generated: true },
    text: { type: 'varchar', length: 20 },
    version: rowVersionColumn(),
  },
});

onEachDatabase('an entity of a schema without a class', [memos], (database) => {
  let source: DataSource;
  beforeEach(async () => {
    source = database.source;
    await source.manager.clear(memos);
  });
  const run = <T>(work: (uow: UnitOfWork) => Promise<T>) => unitOfWork(source, work);
  const stored = async () =>
    (await source.manager.find(memos)).map(({ text, version }) => [text, version]);

  it('is inserted, found, changed, and removed', async () => {
    await run(async (uow) => {
      const memo = await uow.manager.save(memos, { text: 'saved' });
      expect(memo.id).toEqual(expect.any(Number));
      await uow.manager.insert(memos, { text: 'inserted' });
    });
    await run(async (uow) => {
      for (const memo of await uow.find(memos)) memo.text += ' and changed';
    });
    expect(await stored()).toEqual([
      ['saved and changed', 2],
      ['inserted and changed', 2],
    ]);

    await run(async (uow) => uow.remove(await uow.find(memos)));
    expect(await stored()).toEqual([]);
  });

  it('is in conflict like any other', async () => {
    await run(async (uow) => void (await uow.manager.save(memos, { text: 'saved' })));

    await run(async (uow) => {
      const [memo] = await uow.find(memos);
      if (uow.attempt === 1) await database.sql('UPDATE memo SET row_version = row_version + 1');
      memo!.text = `attempt ${uow.attempt}`;
    });

    expect(await stored()).toEqual([['attempt 2', 3]]);
  });

  it('is refused where nothing says which entity it is', async () => {
    const error = await rejectionOf(run(async (uow) => uow.add({ text: 'anything' })));

    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message: expect.stringContaining('uow.manager.save(Entity') });
    expect(await stored()).toEqual([]);
  });
});
