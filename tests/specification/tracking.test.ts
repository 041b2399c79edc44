import {
  ConcurrencyError,
  MappingError,
  noReplay,
  unitOfWork,
  UsageError,
  type UnitOfWork,
} from '../../lib/index';
import { Author, Book, Tag } from '../fixtures/library';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

onEachDatabase('tracking', [Author, Book, Tag], (database) => {
  let author: Author;
  let books: Book[];

  beforeEach(async () => {
    [author, books] = await unitOfWork(database.source, async (uow) => {
      const writer = Object.assign(new Author(), { name: 'Ada', secret: 'hidden' });
      const written = ['One', 'Two'].map((title) =>
        Object.assign(new Book(), { title, author: writer, editor: Promise.resolve(writer) }),
      );
      uow.add([writer, ...written]);
      return [writer, written];
    });
  });

  const versionOf = async (table: string, id: number) => {
    const [row] = await database.sql(`SELECT row_version AS v FROM ${table} WHERE id = $1`, [id]);
    return Number(row?.['v']);
  };

  const ids = () => books.map(({ id }) => id);
  const loaders: Record<string, (uow: UnitOfWork) => Promise<(Book | null | undefined)[]>> = {
    'find()': (uow) => uow.find(Book, { where: { author: { id: author.id } } }),
    'findBy()': (uow) => uow.findBy(Book, { author: { id: author.id } }),
    'findOne()': async (uow) => [await uow.findOne(Book, { where: { id: ids()[0]! } })],
    'findOneBy()': async (uow) => [await uow.findOneBy(Book, { id: ids()[0]! })],
    'findOneOrFail()': async (uow) => [await uow.findOneOrFail(Book, { where: { id: ids()[0]! } })],
    'findOneByOrFail()': async (uow) => [await uow.findOneByOrFail(Book, { id: ids()[0]! })],
    'manager.find()': (uow) => uow.manager.find(Book, { where: { author: { id: author.id } } }),
    'manager.findAndCount()': async (uow) =>
      (await uow.manager.findAndCount(Book, { where: { author: { id: author.id } } }))[0],
    'getRepository().find()': (uow) =>
      uow.getRepository(Book).find({ where: { author: { id: author.id } } }),
    'manager.preload()': async (uow) => [await uow.manager.preload(Book, { id: ids()[0]! })],
    'a query builder': (uow) =>
      uow.manager
        .createQueryBuilder(Book, 'b')
        .where('b.author = :id', { id: author.id })
        .getMany(),
    'a query builder of a repository': (uow) =>
      uow.getRepository(Book).createQueryBuilder('b').where({ id: ids()[0]! }).getMany(),
    'a cloned query builder': (uow) =>
      uow.manager.createQueryBuilder(Book, 'b').where({ id: ids()[0]! }).clone().getMany(),
    'a query builder without listeners': (uow) =>
      uow.manager
        .createQueryBuilder(Book, 'b')
        .where({ id: ids()[0]! })
        .callListeners(false)
        .getMany(),
    'getRawAndEntities()': async (uow) =>
      (await uow.manager.createQueryBuilder(Book, 'b').where({ id: ids()[0]! }).getRawAndEntities())
        .entities,
    'getManyAndCount()': async (uow) =>
      (
        await uow.manager.createQueryBuilder(Book, 'b').where({ id: ids()[0]! }).getManyAndCount()
      )[0],
    'a joined relation': async (uow) =>
      (await uow.findOneOrFail(Author, { where: { id: author.id }, relations: { books: true } }))
        .books,
    'a relation loaded by its own query': async (uow) =>
      (
        await uow.findOneOrFail(Author, {
          where: { id: author.id },
          relations: { books: true },
          relationLoadStrategy: 'query',
        })
      ).books,
    'leftJoinAndMapMany() to a property of its own': async (uow) => {
      const found = await uow.manager
        .createQueryBuilder(Author, 'a')
        .leftJoinAndMapMany('a.written', Book, 'b', 'b.author_id = a.id')
        .where({ id: author.id })
        .getOne();
      return (found as unknown as { written: Book[] }).written;
    },
    'a query builder that was handed the runner': (uow) =>
      database.source
        .createQueryBuilder(Book, 'b', uow.manager.queryRunner)
        .where({ id: ids()[0]! })
        .getMany(),
    'a partial select': (uow) =>
      uow.find(Book, { select: { title: true }, where: { id: ids()[0]! } }),
    'a partial select of a query builder': (uow) =>
      uow.manager
        .createQueryBuilder(Book, 'b')
        .select('b.title')
        .where({ id: ids()[0]! })
        .getMany(),
  };

  it.each(Object.keys(loaders))(
    'writes a change of what %s loaded, and checks it',
    async (name) => {
      await unitOfWork(database.source, async (uow) => {
        const book = (await loaders[name]!(uow)).find((loaded) => loaded?.id === ids()[0]);
        book!.title = `changed after ${name}`;
      });

      const id = ids()[0]!;
      const [row] = await database.sql('SELECT title, row_version AS v FROM book WHERE id = $1', [
        id,
      ]);
      expect(row).toMatchObject({ title: `changed after ${name}`, v: 2 });

      const lost = await rejectionOf(
        unitOfWork(
          database.source,
          async (uow) => {
            const book = (await loaders[name]!(uow)).find((loaded) => loaded?.id === ids()[0]);
            await database.sql('UPDATE book SET row_version = row_version + 1 WHERE id = $1', [id]);
            book!.title = 'stale';
          },
          { retry: noReplay },
        ),
      );
      expect(lost).toMatchObject({
        conflicts: [{ key: [id], expectedVersion: 2, actualVersion: 3 }],
      });
    },
  );

  it('tracks what a lazy relation loads', async () => {
    await unitOfWork(database.source, async (uow) => {
      const book = await uow.findOneByOrFail(Book, { id: ids()[0]! });
      const editor = await book.editor;
      editor!.name = 'renamed lazily';
    });

    const [row] = await database.sql('SELECT name, row_version AS v FROM author WHERE id = $1', [
      author.id,
    ]);
    expect(row).toMatchObject({ name: 'renamed lazily', v: 2 });
  });

  it('checks a lazily loaded second instance by the version that was read first', async () => {
    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          const writer = await uow.findOneByOrFail(Author, { id: author.id });
          const book = await uow.findOneByOrFail(Book, { id: ids()[0]! });
          await database.sql(`UPDATE author SET name = 'rival', row_version = 2 WHERE id = $1`, [
            author.id,
          ]);
          const editor = await book.editor;
          editor!.name = `${writer.name} again`;
        },
        { retry: noReplay },
      ),
    );

    expect(error).toMatchObject({ conflicts: [{ expectedVersion: 1, actualVersion: 2 }] });
    expect(await versionOf('author', author.id)).toBe(2);
  });

  it('refuses two instances of one row that were both changed', async () => {
    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) => {
        const writer = await uow.findOneByOrFail(Author, { id: author.id });
        const book = await uow.findOneByOrFail(Book, { id: ids()[0]! });
        const editor = await book.editor;
        writer.name = 'one';
        editor!.name = 'other';
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect(await versionOf('author', author.id)).toBe(1);
  });

  it('hands out one instance per row, however it was loaded', async () => {
    await unitOfWork(database.source, async (uow) => {
      const [first, second] = await uow.find(Book, {
        where: { author: { id: author.id } },
        relations: { author: true },
        order: { id: 'ASC' },
      });
      const again = await uow.getRepository(Book).findOneBy({ id: first!.id });
      const built = await uow.manager
        .createQueryBuilder(Book, 'b')
        .where({ id: first!.id })
        .getOne();
      const writer = await uow.findOneByOrFail(Author, { id: author.id });

      expect(first!.author).toBe(second!.author);
      expect(again).toBe(first);
      expect(built).toBe(first);
      expect(writer).toBe(first!.author);
    });
  });

  it('keeps unsaved changes when a row is read again', async () => {
    await unitOfWork(database.source, async (uow) => {
      const book = await uow.findOneByOrFail(Book, { id: ids()[0]! });
      book.title = 'mine';
      const again = await uow.findOneByOrFail(Book, { id: ids()[0]! });
      expect(again.title).toBe('mine');
    });

    expect(await database.sql('SELECT title FROM book WHERE id = $1', [ids()[0]])).toEqual([
      { title: 'mine' },
    ]);
  });

  it('does not refresh a tracked row to another version by a plain read', async () => {
    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          const book = await uow.findOneByOrFail(Book, { id: ids()[0]! });
          await database.sql(`UPDATE book SET title = 'rival', row_version = 2 WHERE id = $1`, [
            book.id,
          ]);
          const again = await uow.findOneByOrFail(Book, { id: ids()[0]! });
          expect(again).toBe(book);
          expect(again).toMatchObject({ title: 'One', version: 1 });
          book.pages = 5;
        },
        { retry: noReplay },
      ),
    );

    expect(error).toMatchObject({ conflicts: [{ expectedVersion: 1, actualVersion: 2 }] });
  });

  it('makes a locking read that meets another version a conflict, also if it was swallowed', async () => {
    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          const book = await uow.findOneByOrFail(Book, { id: ids()[0]! });
          await database.sql(`UPDATE book SET title = 'rival', row_version = 2 WHERE id = $1`, [
            book.id,
          ]);
          const options = { where: { id: book.id }, lock: { mode: 'pessimistic_write' } } as const;
          await uow.findOne(Book, options).catch(() => undefined);
        },
        { retry: noReplay },
      ),
    );

    expect(error).toBeInstanceOf(ConcurrencyError);
    expect(error).toMatchObject({
      conflicts: [{ operation: 'lock', expectedVersion: 1, actualVersion: 2 }],
    });
  });

  it('adds what an earlier read left out, if the row is still the same', async () => {
    await unitOfWork(database.source, async (uow) => {
      const [partial] = await uow.find(Book, { select: { title: true }, where: { id: ids()[0]! } });
      expect(partial!.pages).toBeUndefined();
      await uow.findOneOrFail(Book, { where: { id: ids()[0]! }, relations: { author: true } });

      expect(partial!.pages).toBeNull();
      expect(partial!.author).toMatchObject({ id: author.id });
    });

    expect(await versionOf('book', ids()[0]!)).toBe(1);
  });

  it('makes it a conflict if the row has moved when what was left out is read', async () => {
    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          await uow.find(Book, { select: { title: true }, where: { id: ids()[0]! } });
          await database.sql('UPDATE book SET pages = 9, row_version = 2 WHERE id = $1', [
            ids()[0],
          ]);
          await uow.findOneByOrFail(Book, { id: ids()[0]! });
        },
        { retry: noReplay },
      ),
    );

    expect(error).toMatchObject({
      conflicts: [{ operation: 'read', expectedVersion: 1, actualVersion: 2 }],
    });
  });

  it('never writes what was not loaded', async () => {
    await unitOfWork(database.source, async (uow) => {
      const writer = await uow.findOneByOrFail(Author, { id: author.id });
      expect(writer.secret).toBeUndefined();
      writer.name = 'Grace';
    });

    expect(
      await database.sql('SELECT name, secret FROM author WHERE id = $1', [author.id]),
    ).toEqual([{ name: 'Grace', secret: 'hidden' }]);
  });

  it('refuses a change of what was selected without its version', async () => {
    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) => {
        const [book] = await uow.manager
          .createQueryBuilder(Book, 'b')
          .select('b.title')
          .distinct(true)
          .where({ id: ids()[0]! })
          .getMany();
        book!.title = 'blind';
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain('without its');
  });

  it('refuses cached reads', async () => {
    const error = await rejectionOf(
      unitOfWork(database.source, (uow) => uow.find(Book, { cache: true })),
    );

    expect(error).toBeInstanceOf(UsageError);
  });

  it('refuses a row whose version is NULL', async () => {
    const isPostgres = database.engine === 'postgres';
    await database.sql(
      isPostgres
        ? 'ALTER TABLE tag ALTER COLUMN row_version DROP NOT NULL'
        : 'ALTER TABLE tag MODIFY row_version INT NULL',
    );
    await database.sql(`INSERT INTO tag (name, uses, row_version) VALUES ('broken', 0, NULL)`);

    const error = await rejectionOf(
      unitOfWork(database.source, (uow) => uow.findOneBy(Tag, { name: 'broken' })),
    );
    await database.sql('DELETE FROM tag');

    expect(error).toBeInstanceOf(MappingError);
    expect((error as Error).message).toContain('row_version');
  });

  it('sends no write when nothing changed, or an equal value was set', async () => {
    const statements = await database.recordStatements(() =>
      unitOfWork(database.source, async (uow) => {
        const [book] = await uow.find(Book, {
          where: { id: ids()[0]! },
          relations: { author: true },
        });
        book!.title = 'One';
        book!.pages = null;
        book!.author = await uow.findOneByOrFail(Author, { id: author.id });
      }),
    );

    expect(statements.filter((text) => /UPDATE|INSERT|DELETE|FOR |LOCK IN/.test(text))).toEqual([]);
  });
});
