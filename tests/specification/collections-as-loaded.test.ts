import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { noReplay, RowVersion, unitOfWork, UsageError, type UnitOfWork } from '../../lib/index';
import { Board, boardEntities, Card, Color, Sticker } from '../fixtures/boards';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

class Place {
  @Column({ type: 'int', nullable: true })
  shelf?: number | null;

  @ManyToOne(() => Crate, (crate) => crate.parcels, { nullable: true })
  crate?: Relation<Crate> | null;
}

/** Points to its crate from within. */
@Entity()
class Parcel {
  @PrimaryGeneratedColumn()
  id: number;

  @Column(() => Place)
  place: Place;

  @RowVersion()
  version: number;
}

/** Has no version that would tell of a rival. */
@Entity()
class Label {
  @PrimaryGeneratedColumn()
  id: number;

  @ManyToOne(() => Crate, (crate) => crate.labels, { nullable: true })
  crate?: Relation<Crate> | null;
}

/** Is deleted by the database with the one that it lies in. */
@Entity()
class Crate {
  @PrimaryGeneratedColumn()
  id: number;

  @OneToMany(() => Parcel, (parcel) => parcel.place.crate, { cascade: true })
  parcels?: Relation<Parcel>[];

  @OneToMany(() => Label, (label) => label.crate, { lazy: true })
  labels?: Promise<Relation<Label>[]>;

  @ManyToOne(() => Crate, (crate) => crate.inner, { nullable: true, onDelete: 'CASCADE' })
  outer?: Relation<Crate> | null;

  @OneToMany(() => Crate, (crate) => crate.outer)
  inner?: Relation<Crate>[];

  @RowVersion()
  version: number;
}

/** Has its foreign key as a property as well. */
@Entity()
class Link {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'int', nullable: true })
  nextId?: number | null;

  @ManyToOne(() => Link, { nullable: true, cascade: ['insert'] })
  @JoinColumn({ name: 'nextId' })
  next?: Relation<Link> | null;

  @RowVersion()
  version: number;
}

const entities = [...boardEntities, Crate, Parcel, Label, Link];

onEachDatabase('collections as they were loaded', entities, (database) => {
  const once = <T>(work: (uow: UnitOfWork) => Promise<T>) =>
    unitOfWork(database.source, work, { retry: noReplay });
  const quote = database.engine === 'postgres' ? '"' : '`';
  const quoted = (name: string) => `${quote}${name}${quote}`;
  let names = 0;
  const sticker = () => Object.assign(new Sticker(), { text: `sticker ${names++}` });
  const color = () => Object.assign(new Color(), { name: `color ${names++}` });
  const addBoard = async (more: Partial<Board> = {}) => {
    const board = Object.assign(new Board(), { name: `board ${names++}`, ...more });
    await once(async (uow) => uow.add(board));
    return board.id;
  };

  it('leave a link row deleted that a rival deletes after a lazy many-to-many was read', async () => {
    const [kept, gone] = [color(), color()];
    const faded = [kept, gone];
    const id = await addBoard();
    await once(async (uow) => {
      uow.add(faded);
      (await uow.findOneByOrFail(Board, { id })).faded = Promise.resolve(faded);
    });

    await once(async (uow) => {
      const board = await uow.findOneByOrFail(Board, { id });
      expect(await board.faded).toHaveLength(2);
      await database.sql(`DELETE FROM board_faded WHERE ${quoted('colorName')} = $1`, [gone.name]);
    });

    const left = await (await database.source.manager.findOneByOrFail(Board, { id })).faded;
    expect(left?.map(({ name }) => name)).toEqual([kept.name]);
  });

  it('leave a member away that a rival takes out after a lazy one-to-many was read', async () => {
    const crate = new Crate();
    const label = Object.assign(new Label(), { crate });
    await once(async (uow) => uow.add([crate, label]));

    await once(async (uow) => {
      const read = await uow.findOneByOrFail(Crate, { id: crate.id });
      expect(await read.labels).toHaveLength(1);
      await database.sql(`UPDATE label SET ${quoted('crateId')} = NULL WHERE id = $1`, [label.id]);
    });

    const where = { id: label.id };
    const left = await database.source.manager.findOne(Label, {
      where,
      relations: { crate: true },
    });
    expect(left).toMatchObject({ crate: null });
  });

  it('cost nothing at the end if they are lazy and were only read', async () => {
    const id = await addBoard();

    const log = await database.recordStatements(() =>
      once(async (uow) => void (await (await uow.findOneByOrFail(Board, { id })).faded)),
    );

    expect(log).toHaveLength(2);
  });

  it('keep a member whose owner was removed softly, and so was read as none before', async () => {
    const card = Object.assign(new Card(), { text: 'kept' });
    const id = await addBoard({ cards: [card] });
    await database.sql('UPDATE board SET deleted = CURRENT_TIMESTAMP WHERE id = $1', [id]);
    const read = { where: { id }, relations: { cards: true }, withDeleted: true } as const;

    await once(async (uow) => {
      await uow.find(Card, { where: { id: card.id }, relations: { board: true } });
      await uow.findOneOrFail(Board, read);
    });

    const left = await database.source.manager.findOneOrFail(Board, read);
    expect(left.cards).toMatchObject([{ id: card.id }]);
  });

  it('refuse to be edited where a condition on what their members hold has chosen them', async () => {
    const [shared, own] = [color(), color()];
    const id = await addBoard({ colors: [shared, own] });
    const other = await addBoard();
    await once(async (uow) => {
      const board = await uow.findOneByOrFail(Board, { id: other });
      board.colors = [await uow.findOneByOrFail(Color, { name: shared.name })];
    });

    const refusal = await rejectionOf(
      once(async (uow) => {
        const board = await uow.findOneOrFail(Board, {
          where: { id, colors: { boards: { id: other } } },
          relations: { colors: { boards: true } },
        });
        expect(board.colors).toHaveLength(1);
        board.colors = [];
      }),
    );

    expect(refusal).toBeInstanceOf(UsageError);
    expect(String(refusal)).toContain('.colors was loaded with a condition or a limit');
  });

  it('refuse to be edited where a limit has cut them', async () => {
    const id = await addBoard({ stickers: [sticker(), sticker()] });

    const refusal = await rejectionOf(
      once(async (uow) => {
        const board = await uow.manager
          .createQueryBuilder(Board, 'b')
          .leftJoinAndSelect('b.stickers', 's')
          .where('b.id = :id', { id })
          .limit(1)
          .getOneOrFail();
        expect(board.stickers).toHaveLength(1);
        board.stickers = [];
      }),
    );

    expect(refusal).toBeInstanceOf(UsageError);
    expect(String(refusal)).toContain('.stickers was loaded with a condition or a limit');
  });

  it('have an owner for a member that points to it from an embedded object that is missing', async () => {
    const crate = Object.assign(new Crate(), { parcels: [new Parcel()] });

    await once(async (uow) => uow.add(crate));

    const where = { place: { crate: { id: crate.id } } };
    expect(await database.source.manager.count(Parcel, { where })).toBe(1);
  });

  it('keep a member that was taken out of an owner before that was removed', async () => {
    const inner = new Crate();
    const outer = Object.assign(new Crate(), { inner: [inner] });
    await once(async (uow) => uow.add([outer, inner]));

    await once(async (uow) => {
      const where = { id: outer.id };
      const loaded = await uow.findOneOrFail(Crate, { where, relations: { inner: true } });
      loaded.inner = [];
      uow.remove(loaded);
    });

    expect(await database.source.manager.countBy(Crate, { id: inner.id })).toBe(1);
  });

  it('insert rows in a circle whose foreign keys are properties as well', async () => {
    const [one, other] = [new Link(), new Link()];
    Object.assign(one, { next: other });
    Object.assign(other, { next: one });

    await once(async (uow) => uow.add(one));

    const { manager } = database.source;
    const stored = await Promise.all(
      [one, other].map(({ id }) => manager.findOneByOrFail(Link, { id })),
    );
    expect(stored.map(({ nextId }) => nextId)).toEqual([other.id, one.id]);
    expect([one.nextId, other.nextId]).toEqual([other.id, one.id]);
  });
});
