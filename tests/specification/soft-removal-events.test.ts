import {
  AfterSoftRemove,
  BeforeRecover,
  Column,
  DeleteDateColumn,
  Entity,
  PrimaryGeneratedColumn,
  type DataSource,
  type EntityManager,
  type EntitySubscriberInterface,
} from 'typeorm';

import { RowVersion, unitOfWork } from '../../lib/index';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

@Entity()
class Letter {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 50 })
  text: string;

  @DeleteDateColumn({ precision: 3, nullable: true })
  deleted?: Date | null;

  @RowVersion()
  version: number;

  heard?: string[];

  @AfterSoftRemove()
  hearRemoval(): void {
    (this.heard ??= []).push('removed softly');
  }

  @BeforeRecover()
  hearRecovery(): void {
    (this.heard ??= []).push('to be recovered');
  }
}

const told = [
  'beforeUpdate',
  'afterUpdate',
  'beforeSoftRemove',
  'afterSoftRemove',
  'beforeRecover',
  'afterRecover',
] as const;

/** Writes down which events TypeORM tells of, and what it knows of the row before. */
function recorder(): EntitySubscriberInterface<Letter> & { readonly trace: string[] } {
  const trace: string[] = [];
  const hear = told.map((name) => [
    name,
    (event: { databaseEntity?: Letter; entityId?: unknown }) =>
      void trace.push(`${name} ${event.databaseEntity?.text}`),
  ]);
  return { trace, listenTo: () => Letter, ...Object.fromEntries(hear) };
}

onEachDatabase('a soft removal', [Letter], (database) => {
  const letter = (text: string) => Object.assign(new Letter(), { text });
  const trace = async (run: (source: DataSource) => Promise<unknown>) => {
    const source = await database.openSource();
    const subscriber = recorder();
    source.subscribers.push(subscriber);
    await run(source);
    return subscriber.trace;
  };
  const removeAndRecover = async (manager: EntityManager) => {
    const { id } = await manager.save(letter('a'));
    const found = await manager.findOneByOrFail(Letter, { id });
    await manager.softRemove(found);
    await manager.recover(found);
    return found.heard;
  };

  // #6327
  it('is told as one, and as no update, in a unit as elsewhere', async () => {
    let heard: string[] | undefined;
    const plainly = await trace(({ manager }) => removeAndRecover(manager));

    const inUnit = await trace((source) =>
      unitOfWork(source, async ({ manager }) => {
        heard = await removeAndRecover(manager);
      }),
    );

    expect(inUnit).toEqual(plainly);
    expect(inUnit).toEqual([
      'beforeSoftRemove a',
      'afterSoftRemove a',
      'beforeRecover a',
      'afterRecover a',
    ]);
    expect(heard).toEqual(['removed softly', 'to be recovered']);
  });

  it('is told beside the update of what else was changed', async () => {
    const names = await trace((source) =>
      unitOfWork(source, async (uow) => {
        const fresh = letter('a');
        uow.add(fresh);
        await uow.flush();
        fresh.text = 'b';
        uow.softRemove(fresh);
      }),
    );

    expect(names.map((name) => name.split(' ')[0])).toEqual([
      'beforeUpdate',
      'beforeSoftRemove',
      'afterUpdate',
      'afterSoftRemove',
    ]);
  });

  it('is an update if it is an assignment, as with save()', async () => {
    const names = await trace((source) =>
      unitOfWork(source, async (uow) => {
        const fresh = letter('a');
        uow.add(fresh);
        await uow.flush();
        uow.softRemove(fresh);
        await uow.flush();
        fresh.deleted = null;
      }),
    );

    expect(names.map((name) => name.split(' ')[0])).toEqual([
      'beforeSoftRemove',
      'afterSoftRemove',
      'beforeUpdate',
      'afterUpdate',
    ]);
  });

  it('is rolled back by whoever hears of it afterwards and throws', async () => {
    const source = await database.openSource();
    const fail = () => {
      throw new Error('not this one');
    };
    source.subscribers.push({ listenTo: () => Letter, afterSoftRemove: fail });
    const kept = await source.manager.save(letter('kept'));

    const error = await rejectionOf(
      unitOfWork(source, async (uow) =>
        uow.softRemove(await uow.findOneByOrFail(Letter, { id: kept.id })),
      ),
    );

    expect(error).toMatchObject({ message: 'not this one' });
    expect(await source.manager.findOneBy(Letter, { id: kept.id })).toMatchObject({ version: 1 });
  });
});
