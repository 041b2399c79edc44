import {
  AfterLoad,
  BeforeInsert,
  BeforeUpdate,
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  type DataSource,
  type EntitySubscriberInterface,
  type InsertEvent,
  type RemoveEvent,
  type UpdateEvent,
} from 'typeorm';
import { ConcurrencyError, noReplay, RowVersion, unitOfWork } from '../../lib/index';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

@Entity()
class Owner {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 50 })
  name: string;
}

@Entity()
class Asset {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 50 })
  name: string;

  @Column({ type: 'varchar', length: 50, nullable: true })
  slug: string | null;

  @Column({ type: 'json', nullable: true })
  tags: string[] | null;

  @Column({ type: 'timestamp', nullable: true })
  checkedAt: Date | null;

  @ManyToOne(() => Owner, { nullable: true })
  @JoinColumn()
  owner: Owner | null;

  @RowVersion()
  version: number;

  seen?: string;

  @BeforeInsert()
  @BeforeUpdate()
  makeSlug(): void {
    this.slug = this.name.toLowerCase();
  }

  @AfterLoad()
  note(): void {
    this.seen = this.name;
  }
}

type Event = InsertEvent<Asset> & UpdateEvent<Asset> & RemoveEvent<Asset>;
type Recorded = Record<string, unknown>;

/** Writes down what TypeORM tells, leaving out what differs from run to run. */
class Recorder implements EntitySubscriberInterface<Asset> {
  readonly trace: Recorded[] = [];
  fail: string | undefined;

  listenTo() {
    return Asset;
  }

  beforeInsert = (event: InsertEvent<Asset>) => this.#record('beforeInsert', event as Event);
  afterInsert = (event: InsertEvent<Asset>) => this.#record('afterInsert', event as Event);
  beforeUpdate = (event: UpdateEvent<Asset>) => this.#record('beforeUpdate', event as Event);
  afterUpdate = (event: UpdateEvent<Asset>) => this.#record('afterUpdate', event as Event);
  beforeRemove = (event: RemoveEvent<Asset>) => this.#record('beforeRemove', event as Event);
  afterRemove = (event: RemoveEvent<Asset>) => this.#record('afterRemove', event as Event);

  #record(name: string, event: Event): void {
    const { entity, databaseEntity, updatedColumns, updatedRelations } = event;
    this.trace.push({
      name,
      entity: entity && { name: entity.name, slug: entity.slug, hasId: entity.id > 0 },
      databaseEntity: databaseEntity && {
        isAsset: databaseEntity instanceof Asset,
        name: databaseEntity.name,
        slug: databaseEntity.slug,
        tags: databaseEntity.tags,
        checkedAt: databaseEntity.checkedAt,
        version: databaseEntity.version,
      },
      columns: names(updatedColumns),
      relations: names(updatedRelations),
      isInTransaction: event.queryRunner.isTransactionActive,
    });
    if (this.fail === name) throw new Error(`${name} says no`);
  }
}

/** As a set: after a listener has run, TypeORM compares again and lists what it finds a second time. */
function names(changed: readonly { propertyName: string }[] | undefined): string[] | undefined {
  return changed && [...new Set(changed.map(({ propertyName }) => propertyName))].toSorted();
}

onEachDatabase('listeners', [Owner, Asset], (database) => {
  const record = async (run: (source: DataSource, recorder: Recorder) => Promise<void>) => {
    const source = await database.openSource();
    const recorder = new Recorder();
    source.subscribers.push(recorder);
    await run(source, recorder);
    return recorder.trace;
  };
  const asset = (name: string) =>
    Object.assign(new Asset(), { name, tags: ['a'], checkedAt: new Date(86_400_000) });
  const stored = async (name: string) => {
    const rows = await database.sql('SELECT slug, row_version AS v FROM asset WHERE name = $1', [
      name,
    ]);
    return rows[0];
  };

  it('are told the same by a unit as by save() and remove()', async () => {
    const owner = await database.source.getRepository(Owner).save({ name: 'Ada' });
    const bySave = await record(async (source) => {
      const repository = source.getRepository(Asset);
      const created = await repository.save(asset('Created'));
      const loaded = await repository.findOneOrFail({
        where: { id: created.id },
        relations: { owner: true },
      });
      loaded.name = 'Changed';
      loaded.tags!.push('b');
      loaded.owner = owner;
      await repository.save(loaded);
      await repository.remove(await repository.findOneByOrFail({ id: created.id }));
    });

    const byUnit = await record(async (source) => {
      const created = asset('Created');
      await unitOfWork(source, async (uow) => uow.add(created));
      await unitOfWork(source, async (uow) => {
        const loaded = await uow.findOneOrFail(Asset, {
          where: { id: created.id },
          relations: { owner: true },
        });
        loaded.name = 'Changed';
        loaded.tags!.push('b');
        loaded.owner = owner;
      });
      await unitOfWork(source, async (uow) =>
        uow.remove(await uow.findOneByOrFail(Asset, { id: created.id })),
      );
    });

    const expected = [
      'beforeInsert',
      'afterInsert',
      'beforeUpdate',
      'afterUpdate',
      'beforeRemove',
      'afterRemove',
    ];
    expect(bySave.map(({ name }) => name)).toEqual(expected);
    // save() takes the key out of what it removed; a unit leaves it.
    const withoutLast = (trace: Recorded[]) => trace.slice(0, -1);
    expect(withoutLast(byUnit)).toEqual(withoutLast(bySave));
    expect(byUnit.at(-1)).toMatchObject({ name: 'afterRemove', entity: { name: 'Changed' } });
  });

  it('write what a before-listener changes', async () => {
    const created = asset('Mixed CASE');
    await unitOfWork(database.source, async (uow) => uow.add(created));
    expect(await stored('Mixed CASE')).toEqual({ slug: 'mixed case', v: 1 });

    await unitOfWork(database.source, async (uow) => {
      (await uow.findOneByOrFail(Asset, { id: created.id })).name = 'Other NAME';
    });
    expect(await stored('Other NAME')).toEqual({ slug: 'other name', v: 2 });
  });

  it.each(['beforeInsert', 'afterInsert'])('roll the unit back if %s throws', async (name) => {
    await record(async (source, recorder) => {
      recorder.fail = name;
      const created = asset(`vetoed by ${name}`);
      const error = await rejectionOf(unitOfWork(source, async (uow) => uow.add(created)));

      expect(error).toMatchObject({ message: `${name} says no` });
      expect(created.id).toBeUndefined();
    });

    expect(await stored(`vetoed by ${name}`)).toBeUndefined();
  });

  it('hear nothing of rows that did not change, and of a lost race only what came before it', async () => {
    const created = asset('raced');
    await unitOfWork(database.source, async (uow) => uow.add(created));

    const trace = await record(async (source) => {
      await unitOfWork(
        source,
        async (uow) => void (await uow.findOneByOrFail(Asset, { id: created.id })),
      );
      const lost = await rejectionOf(
        unitOfWork(
          source,
          async (uow) => {
            const loaded = await uow.findOneByOrFail(Asset, { id: created.id });
            await database.sql('UPDATE asset SET row_version = 2 WHERE id = $1', [created.id]);
            loaded.name = 'lost';
          },
          { retry: noReplay },
        ),
      );
      expect(ConcurrencyError.is(lost)).toBe(true);
    });

    expect(trace.map(({ name }) => name)).toEqual(['beforeUpdate']);
  });
});
