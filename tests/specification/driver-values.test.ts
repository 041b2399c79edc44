import { types } from 'pg';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { unitOfWork } from '../../lib/index';
import { onEachDatabase } from '../setup/on-each-database';

/** Without a row version: whether a statement has changed a row, its columns tell. */
@Entity()
class Reading {
  @PrimaryColumn({ type: 'bigint' })
  id: string | bigint;

  @Column({ type: 'bigint' })
  value: string | bigint;
}

interface Field {
  readonly type: string;
  string(): string | null;
}

/** Has the driver answer long integers as bigint, as many do. */
const asBigInt = {
  postgres: {
    types: {
      getTypeParser: (oid: number, format?: 'text') =>
        oid === 20 ? BigInt : types.getTypeParser(oid, format),
    },
  },
  mysql: {
    typeCast: (field: Field, next: () => unknown) =>
      field.type === 'LONGLONG' ? toBigInt(field.string()) : next(),
  },
};
const toBigInt = (text: string | null) => (text === null ? null : BigInt(text));

onEachDatabase('a driver that answers bigint', [Reading], (database) => {
  it('is understood where rows are compared before and after a statement', async () => {
    const extra = database.engine === 'postgres' ? asBigInt.postgres : asBigInt.mysql;
    const source = await database.openSource({ extra });
    const ids = ['9007199254740993', '9007199254740995'];
    await unitOfWork(source, async (uow) => {
      uow.add(ids.map((id) => Object.assign(new Reading(), { id, value: '1' })));
    });

    const told = await unitOfWork(source, async ({ manager }) => {
      const before = await manager.find(Reading, { order: { id: 'ASC' } });
      await manager.update(Reading, { id: ids[1] }, { value: '9007199254740997' });
      const after = await manager.find(Reading, { order: { id: 'ASC' } });
      return { before, after };
    });

    expect(told.after.map(({ value }) => String(value))).toEqual(['1', '9007199254740997']);
    expect(told.after.map((row, i) => row === told.before[i])).toEqual([true, false]);
  });
});
