import { randomBytes } from 'node:crypto';
import {
  Column,
  CreateDateColumn,
  DeleteDateColumn,
  Entity,
  PrimaryColumn,
  UpdateDateColumn,
} from 'typeorm';

import { noReplay, RowVersion, unitOfWork, type UnitOfWork } from '../../lib/index';
import { onEachDatabase } from '../setup/on-each-database';

/** As a cipher does with a random start: another text each time, and the same value again. */
const sealed = {
  to: (value: string | null) => value && `${randomBytes(6).toString('hex')}:${value}`,
  from: (stored: string | null) => stored && stored.slice(13),
};
const trimmed = {
  to: (value: string | null) => value && value.trim(),
  from: (stored: string | null) => stored,
};
const marked = {
  to: (value: string | null) => value && `<${value}>`,
  from: (stored: string | null) => stored && stored.slice(1, -1),
};
@Entity()
class Dossier {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @Column({ type: 'varchar', length: 50, nullable: true })
  name: string | null;

  @Column({ type: 'varchar', length: 50, nullable: true, transformer: [trimmed, marked] })
  title?: string | null;

  @Column({ type: 'varchar', length: 50, nullable: true, transformer: sealed })
  secret?: string | null;

  @Column({ type: Date, precision: 6, nullable: true })
  seen?: Date | null;

  @CreateDateColumn({ precision: 6 })
  created: Date;

  @UpdateDateColumn({ precision: 6 })
  updated: Date;

  @DeleteDateColumn({ precision: 6, nullable: true })
  deleted?: Date | null;

  @RowVersion()
  version: number;
}

onEachDatabase('a value that is read', [Dossier], (database) => {
  const once = <T>(work: (uow: UnitOfWork) => Promise<T>) =>
    unitOfWork(database.source, work, { retry: noReplay });
  let ids = 0;
  const add = async (more: Partial<Dossier> = {}) => {
    const record = Object.assign(new Dossier(), { id: ++ids, name: 'a' }, more);
    await once(async (uow) => uow.add(record));
    return record.id;
  };
  const change = (id: number, edit: (record: Dossier) => void) =>
    once(async (uow) => edit(await uow.findOneByOrFail(Dossier, { id })));
  const stored = async (id: number) => {
    const [row] = await database.sql(
      'SELECT title, secret, row_version FROM dossier WHERE id = $1',
      [id],
    );
    return row;
  };

  describe('as a date of less precision than its column', () => {
    const micro = '2020-02-03 04:05:06.123456';
    const dates = async (id: number) => {
      const text = (name: string) =>
        database.engine === 'postgres'
          ? `to_char(${name}, 'YYYY-MM-DD HH24:MI:SS.US')`
          : `CAST(${name} AS CHAR)`;
      const [row] = await database.sql(
        `SELECT ${text('created')} AS created, ${text('seen')} AS seen, ${text('deleted')} AS deleted,
                ${text('updated')} AS updated FROM dossier WHERE id = $1`,
        [id],
      );
      return row;
    };
    const addMicro = async () => {
      const id = await add();
      await database.sql(
        `UPDATE dossier SET created = '${micro}', seen = '${micro}', deleted = '${micro}', updated = '${micro}'
          WHERE id = $1`,
        [id],
      );
      return id;
    };
    const load = (uow: UnitOfWork, id: number) =>
      uow.findOneOrFail(Dossier, { where: { id }, withDeleted: true });

    it('is not written with what else is changed, and is no conflict', async () => {
      const id = await addMicro();

      await once(async (uow) => void ((await load(uow, id)).name = 'b'));

      const { updated, ...others } = (await dates(id)) ?? {};
      expect(others).toEqual({ created: micro, seen: micro, deleted: micro });
      expect(updated).not.toBe(micro);
    });

    it('is not written if an equal one is set', async () => {
      const id = await addMicro();

      await once(async (uow) => {
        const record = await load(uow, id);
        for (const name of ['created', 'seen', 'deleted'] as const) {
          Object.assign(record, { [name]: new Date(record[name]!) });
        }
      });

      expect(await dates(id)).toEqual({
        created: micro,
        seen: micro,
        deleted: micro,
        updated: micro,
      });
    });

    it('is what the database says after an insert, an update, a removal and a recovery', async () => {
      const id = await add();
      const inMemory = await once(async (uow) => {
        const record = await load(uow, id);
        uow.softRemove(record);
        await uow.flush();
        const { deleted } = record;
        uow.recover(record);
        await uow.flush();
        return { record, deleted };
      });

      const row = await database.source.manager.findOneByOrFail(Dossier, { id });
      expect(inMemory.deleted).toBeInstanceOf(Date);
      const { created, updated, deleted } = row;
      expect(inMemory.record).toMatchObject({ created, updated, deleted });
    });
  });

  describe('through several transformers', () => {
    it('is written in their order, and null as it is', async () => {
      const [id, empty] = [await add({ title: ' x ' }), await add({ title: null })];

      expect(await stored(id)).toMatchObject({ title: '<x>' });
      expect(await stored(empty)).toMatchObject({ title: null });
      await once(async (uow) =>
        expect(await uow.findOneByOrFail(Dossier, { id })).toMatchObject({ title: 'x' }),
      );
    });

    it('is written only if it is another afterwards', async () => {
      const id = await add({ title: 'x' });

      await change(id, (record) => (record.title = '  x'));
      expect(await stored(id)).toMatchObject({ title: '<x>', row_version: 1 });
      await change(id, (record) => (record.title = null));
      expect(await stored(id)).toMatchObject({ title: null, row_version: 2 });
    });
  });

  describe('through a transformer that makes another of it each time', () => {
    it('is not written unless it has changed', async () => {
      const id = await add({ secret: 'x' });
      const before = await stored(id);

      await change(id, () => undefined);
      await change(id, (record) => (record.secret = 'x'));
      expect(await stored(id)).toEqual(before);

      await change(id, (record) => (record.name = 'b'));
      expect(await stored(id)).toEqual({ ...before, row_version: 2 });

      await change(id, (record) => (record.secret = 'y'));
      const after = await stored(id);
      expect(String(after?.['secret']).slice(13)).toBe('y');
      expect(after?.['row_version']).toBe(3);
    });

    it('is not written again by the unit that has inserted or changed it', async () => {
      const record = Object.assign(new Dossier(), { id: ++ids, name: 'a', secret: 'x' });

      await once(async (uow) => {
        uow.add(record);
        await uow.flush();
        const first = await uow.manager.query<unknown[]>(
          `SELECT secret FROM dossier WHERE id = ${record.id}`,
        );
        await uow.flush();
        const second = await uow.manager.query<unknown[]>(
          `SELECT secret FROM dossier WHERE id = ${record.id}`,
        );
        expect(second).toEqual(first);
      });
    });
  });
});
