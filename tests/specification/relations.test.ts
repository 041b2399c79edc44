import {
  Column,
  Entity,
  Index,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { RowVersion, unitOfWork, UsageError, type UnitOfWork } from '../../lib/index';
import { Author, Book, Tag } from '../fixtures/library';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

@Entity()
class Folder {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @ManyToOne(() => Folder, (folder) => folder.children, { nullable: true })
  parent: Relation<Folder> | null;

  @OneToMany(() => Folder, (folder) => folder.parent)
  children: Relation<Folder>[];

  @RowVersion()
  version: number;
}

@Entity()
@Index('one_latest', ['registration'], { unique: true, where: 'is_latest' })
class Package {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @Column({ type: 'int' })
  registration: number;

  @Column({ type: 'boolean', name: 'is_latest' })
  isLatest: boolean;

  @RowVersion()
  version: number;
}

/** Needs its captain, who may be without a team. */
@Entity()
class Team {
  @PrimaryGeneratedColumn()
  id: number;

  @ManyToOne(() => Player, { nullable: false })
  captain: Relation<Player>;

  @RowVersion()
  version: number;
}

@Entity()
class Player {
  @PrimaryGeneratedColumn()
  id: number;

  @ManyToOne(() => Team, { nullable: true })
  team?: Relation<Team> | null;

  @RowVersion()
  version: number;
}

onEachDatabase('relations', [Author, Book, Tag, Folder, Team, Player], (database) => {
  const run = <T>(work: (uow: UnitOfWork) => Promise<T>) => unitOfWork(database.source, work);
  const newBook = (title: string, author: Author | null) =>
    Object.assign(new Book(), { title, author });
  const addAuthor = async (titles: readonly string[]) => {
    const author = Object.assign(new Author(), { name: 'Ada' });
    const books = titles.map((title) => newBook(title, author));
    await run(async (uow) => uow.add([...books, author]));
    return { author, books };
  };
  const withBooks = (uow: UnitOfWork, { id }: Author) =>
    uow.findOneOrFail(Author, { where: { id }, relations: { books: true } });
  const titlesOf = async ({ id }: Author) => {
    const rows = await database.sql('SELECT title FROM book WHERE author_id = $1 ORDER BY title', [
      id,
    ]);
    return rows.map((row) => row['title']);
  };

  it('inserts parents before their children, whatever the order of add()', async () => {
    const { author, books } = await addAuthor(['B', 'A']);

    expect(books.every(({ id }) => id > 0)).toBe(true);
    expect(await titlesOf(author)).toEqual(['A', 'B']);
  });

  it('changes a foreign key to a parent that is new in the same flush', async () => {
    const { books } = await addAuthor(['moved']);
    const other = Object.assign(new Author(), { name: 'Grace' });

    await run(async (uow) => {
      const book = await uow.findOneByOrFail(Book, { id: books[0]!.id });
      book.author = other;
      uow.add(other);
    });

    expect(await titlesOf(other)).toEqual(['moved']);
  });

  it('deletes children before their parent', async () => {
    const { author } = await addAuthor(['A', 'B']);

    await run(async (uow) => {
      const loaded = await withBooks(uow, author);
      uow.remove([loaded, ...loaded.books]);
    });

    expect(await titlesOf(author)).toEqual([]);
    expect(await database.sql('SELECT id FROM author WHERE id = $1', [author.id])).toEqual([]);
  });

  it('re-points children before their parent is deleted', async () => {
    const { author } = await addAuthor(['orphan']);

    await run(async (uow) => {
      const loaded = await withBooks(uow, author);
      loaded.books[0]!.author = null;
      uow.remove(loaded);
    });

    const rows = await database.sql(`SELECT author_id FROM book WHERE title = 'orphan'`);
    expect(rows).toEqual([{ author_id: null }]);
  });

  it('inserts and deletes a tree of one table', async () => {
    const root = Object.assign(new Folder(), { id: 1, parent: null });
    const child = Object.assign(new Folder(), { id: 2, parent: root });
    const leaf = Object.assign(new Folder(), { id: 3, parent: child });

    await run(async (uow) => uow.add([leaf, child, root]));
    await run(async (uow) => {
      const folders = await uow.find(Folder, { relations: { parent: true }, order: { id: 'ASC' } });
      uow.remove(folders);
    });

    expect(await database.sql('SELECT id FROM folder')).toEqual([]);
  });

  it('refuses a relation to an object that was never added', async () => {
    const error = await rejectionOf(
      run(async (uow) => uow.add(newBook('lost', Object.assign(new Author(), { name: 'X' })))),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect(await database.sql(`SELECT id FROM book WHERE title = 'lost'`)).toEqual([]);
  });

  it('accepts a one-to-many that was edited together with its members', async () => {
    const { author } = await addAuthor(['kept', 'removed', 'moved']);

    await run(async (uow) => {
      const loaded = await withBooks(uow, author);
      const byTitle = new Map(loaded.books.map((book) => [book.title, book]));
      const added = newBook('added', loaded);
      uow.add(added);
      uow.remove(byTitle.get('removed')!);
      byTitle.get('moved')!.author = null;
      loaded.books = [byTitle.get('kept')!, added];
    });

    expect(await titlesOf(author)).toEqual(['added', 'kept']);
  });

  it('inserts rows that point to each other in two steps, if one may point to nothing', async () => {
    const teams = [1, 2].map(() => new Team());
    const players = teams.map((team) => Object.assign(new Player(), { team }));
    teams.forEach((team, i) => (team.captain = players[i]!));

    await run(async (uow) => uow.add([...teams, ...players]));

    const stored = await database.source.manager.find(Player, {
      relations: { team: { captain: true } },
    });
    expect(stored.map(({ id, team }) => [id, team?.captain.id])).toEqual(
      players.map(({ id }) => [id, id]),
    );
    expect(players.map(({ version }) => version)).toEqual([1, 1]);
  });

  it('changes such rows afterwards as any others', async () => {
    const team = new Team();
    const player: Player = Object.assign(new Player(), { team });
    team.captain = player;

    await run(async (uow) => {
      uow.add([team, player]);
      await uow.flush();
      player.team = null;
    });

    const where = { id: player.id };
    const stored = await database.source.manager.findOneOrFail(Player, {
      where,
      relations: { team: true },
    });
    expect(stored).toMatchObject({ team: null, version: 1 });
  });

  it('refuses a one-to-many that got a member that was not added', async () => {
    const { author } = await addAuthor(['A', 'B']);

    const error = await rejectionOf(
      run(async (uow) => {
        const loaded = await withBooks(uow, author);
        loaded.books.push(newBook('stray', loaded));
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect(await titlesOf(author)).toEqual(['A', 'B']);
  });
});

onEachDatabase('partial indexes', [Package], (database) => {
  // MySQL and MariaDB have none: TypeORM leaves the predicate out, and the index holds every row.
  if (database.engine !== 'postgres') {
    it('refuses two rows with one value, whatever the predicate says', async () => {
      const packages = [1, 2].map((id) =>
        Object.assign(new Package(), { id, registration: 7, isLatest: id === 1 }),
      );

      const error = await rejectionOf(
        unitOfWork(database.source, async (uow) => uow.add(packages)),
      );

      expect(error).toMatchObject({ driverError: { errno: 1062 } });
    });
    return;
  }

  it('lets a row leave the index before another one enters it', async () => {
    const packages = [1, 2].map((id) =>
      Object.assign(new Package(), { id, registration: 7, isLatest: id === 1 }),
    );
    await unitOfWork(database.source, async (uow) => uow.add(packages));

    await unitOfWork(database.source, async (uow) => {
      const [first, second] = await uow.find(Package, { order: { id: 'ASC' } });
      second!.isLatest = true;
      first!.isLatest = false;
    });
    await unitOfWork(database.source, async (uow) => {
      const [first, second] = await uow.find(Package, { order: { id: 'ASC' } });
      first!.isLatest = true;
      second!.isLatest = false;
    });

    const rows = await database.sql('SELECT id FROM package WHERE is_latest');
    expect(rows).toEqual([{ id: 1 }]);
  });
});
