import {
  Column,
  Entity,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';

import { PartOf, RowVersion, unitOfWork, UsageError, type UnitOfWork } from '../../lib/index';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

@Entity()
class Doc {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'int', default: 0 })
  total: number;

  @OneToMany(() => Item, (item) => item.doc)
  items: Item[];

  @RowVersion()
  version: number;
}

/** As most people would write it: no property for the foreign key, no version of its own. */
@Entity()
class Item {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'int', default: 0 })
  price: number;

  @Column({ type: 'varchar', length: 20, default: '' })
  note: string;

  @PartOf()
  @ManyToOne(() => Doc, (doc) => doc.items)
  doc: Relation<Doc>;
}

@Entity()
class Remark {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 20, default: '' })
  text: string;

  @PartOf({ guard: 'move' })
  @ManyToOne(() => Doc)
  doc: Doc;
}

@Entity()
class Reader {
  @PrimaryGeneratedColumn()
  id: number;

  @ManyToOne(() => Doc, { lazy: true, nullable: true })
  doc: Promise<Doc>;

  @RowVersion()
  version: number;
}

const onlyDoc = { relations: ['doc'], disableMixedMap: true };

onEachDatabase('parts as TypeORM loads them', [Doc, Item, Remark, Reader], (database) => {
  const run = <T>(work: (uow: UnitOfWork) => Promise<T>) => unitOfWork(database.source, work);
  const whole = (id: number) => ({ where: { id }, relations: { items: true } });
  const stored = async ({ id }: Item) => {
    const item = await database.source.manager.findOneByOrFail(Item, { id });
    return { price: item.price, note: item.note };
  };
  const versionOf = async ({ id }: Doc) =>
    (await database.source.manager.findOneByOrFail(Doc, { id })).version;
  const rivalChanges = async (doc: Doc, change: (item: Item) => void) => {
    await unitOfWork(await database.openSource(), async (rival) => {
      const read = await rival.findOneOrFail(Doc, whole(doc.id));
      change(read.items[0]!);
    });
  };

  let doc: Doc;
  let items: Item[];
  beforeEach(async () => {
    doc = new Doc();
    items = [1, 2].map((price) => Object.assign(new Item(), { doc, price }));
    await run(async (uow) => uow.add([doc, ...items]));
  });

  it('are replaced though nothing of them was loaded', async () => {
    await run(async (uow) => {
      const read = await uow.findOneByOrFail(Doc, { id: doc.id });
      await uow.replaceParts(read, 'items', [{ id: items[0]!.id, price: 7 }, { price: 9 }]);
    });

    const left = await database.source.manager.findBy(Item, { doc: { id: doc.id } });
    expect(left.map(({ price }) => price).toSorted((one, other) => one - other)).toEqual([7, 9]);
    expect(await versionOf(doc)).toBe(2);
  });

  it('keep a part that the unit has given to another root out of what is replaced', async () => {
    const other = new Doc();
    await run(async (uow) => uow.add(other));

    await run(async (uow) => {
      const [first, second] = [
        await uow.findOneOrFail(Doc, whole(doc.id)),
        await uow.findOneByOrFail(Doc, { id: other.id }),
      ];
      first.items[0]!.doc = second;
      await uow.replaceParts(await uow.findOneByOrFail(Doc, { id: doc.id }), 'items', []);
    });

    const left = await database.source.manager.findBy(Item, { doc: { id: other.id } });
    expect(left).toHaveLength(1);
  });

  it('are guarded by a root that they point back to', async () => {
    await run(async (uow) => {
      const relations = { items: { doc: true } };
      const read = await uow.findOneOrFail(Doc, { where: { id: doc.id }, relations });
      read.items[0]!.price = 5;
    });

    expect(await versionOf(doc)).toBe(2);
  });

  it('are compared with a root of which only an unchecked move was written before', async () => {
    const remark = Object.assign(new Remark(), { doc });
    await run(async (uow) => uow.add(remark));

    const attempts = await run(async (uow) => {
      const read = await uow.findOneOrFail(Doc, whole(doc.id));
      const found = await uow.findOneOrFail(Remark, {
        where: { id: remark.id },
        relations: { doc: true },
      });
      if (uow.attempt === 1) await rivalChanges(doc, (item) => void (item.price += 100));
      found.text += '!';
      await uow.flush();
      read.items.find(({ id }) => id === items[0]!.id)!.price += 1;
      return uow.attempt;
    });

    expect(attempts).toBe(2);
    expect((await stored(items[0]!)).price + (await stored(items[1]!)).price).toBe(104);
  });

  it('are not made fresh by reading some of their columns again', async () => {
    const error = await rejectionOf(
      run(async (uow) => {
        const [item] = await uow.find(Item, {
          where: { id: items[0]!.id },
          loadRelationIds: onlyDoc,
        });
        await database.sql("UPDATE item SET note = 'rival' WHERE id = $1", [items[0]!.id]);
        await uow.findOneOrFail(Doc, {
          ...whole(doc.id),
          select: { id: true, version: true, items: { id: true, price: true } },
        });
        item!.note += 'mine';
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect(await stored(items[0]!)).toEqual({ price: 1, note: 'rival' });
  });

  it('cannot be written where the version of their root was not read', async () => {
    const error = await rejectionOf(
      run(async (uow) => {
        const query = uow.manager.createQueryBuilder(Doc, 'doc').distinct(true);
        await query.select(['doc.id', 'doc.total']).where({ id: doc.id }).getOneOrFail();
        const [item] = await uow.find(Item, {
          where: { id: items[0]!.id },
          loadRelationIds: onlyDoc,
        });
        item!.price++;
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(/^the parts of Doc\(.*\) cannot be written: /);
  });

  it('may be added by key to a root that the same unit adds', async () => {
    await run(async (uow) => {
      uow.add(Object.assign(new Doc(), { id: 77_777 }));
      uow.add(Object.assign(new Item(), { doc: { id: 77_777 } }));
    });

    expect(await database.source.manager.countBy(Item, { doc: { id: 77_777 } })).toBe(1);
  });

  it('may be added without a root and given one later', async () => {
    await run(async (uow) => {
      const item = new Item();
      uow.add(item);
      await uow.flush();
      item.doc = await uow.findOneByOrFail(Doc, { id: doc.id });
    });

    expect(await database.source.manager.countBy(Item, { doc: { id: doc.id } })).toBe(3);
  });

  it('move every instance of their root', async () => {
    await run(async (uow) => {
      const read = await uow.findOneOrFail(Doc, whole(doc.id));
      const other = await database.source
        .createQueryBuilder(Doc, 'doc', uow.manager.queryRunner)
        .where({ id: doc.id })
        .getOneOrFail();
      other.total = 5;
      await uow.flush();
      read.items[0]!.price++;
    });

    expect(await versionOf(doc)).toBe(2);
  });

  it('are not changed by reading a lazy relation, and are by assigning one', async () => {
    const reader = Object.assign(new Reader(), { doc: Promise.resolve(doc) });
    const other = new Doc();
    await run(async (uow) => uow.add([reader, other]));
    const load = (uow: UnitOfWork) => uow.findOneByOrFail(Reader, { id: reader.id });

    await run(async (uow) => (await load(uow)).doc);
    const afterReading = (await database.source.manager.findOneByOrFail(Reader, { id: reader.id }))
      .version;
    await run(async (uow) => {
      const read = await load(uow);
      await read.doc;
      read.doc = Promise.resolve(await uow.findOneByOrFail(Doc, { id: other.id }));
    });

    const after = await database.source.manager.findOneByOrFail(Reader, { id: reader.id });
    expect([afterReading, after.version]).toEqual([1, 2]);
    expect((await after.doc).id).toBe(other.id);
  });
});
