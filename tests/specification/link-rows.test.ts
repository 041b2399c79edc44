import {
  ConcurrencyError,
  noReplay,
  unitOfWork,
  UsageError,
  type UnitOfWork,
} from '../../lib/index';
import { Board, boardEntities, Color } from '../fixtures/boards';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

onEachDatabase('link rows', boardEntities, (database) => {
  const once = <T>(work: (uow: UnitOfWork) => Promise<T>) =>
    unitOfWork(database.source, work, { retry: noReplay });
  const color = (name: string) => Object.assign(new Color(), { name });
  let names = 0;
  /** A board with these colors, each with a name of its own. */
  const addBoard = async (letters: readonly string[]) => {
    const prefix = `${names++} `;
    const colors = letters.map((letter) => color(prefix + letter));
    const board = Object.assign(new Board(), { name: prefix, colors });
    await once(async (uow) => uow.add(board));
    return { id: board.id, prefix };
  };
  const load = (uow: UnitOfWork, id: number) =>
    uow.findOneOrFail(Board, { where: { id }, relations: { colors: true } });
  const colorsOf = async (id: number) => {
    const rows = await database.sql(
      database.engine === 'postgres'
        ? 'SELECT "colorName" AS name FROM board_color WHERE "boardId" = $1 ORDER BY 1'
        : 'SELECT colorName AS name FROM board_color WHERE boardId = $1 ORDER BY 1',
      [id],
    );
    return rows.map(({ name }) => String(name).split(' ')[1]);
  };
  const link = (id: number, name: string) =>
    database.sql(
      `INSERT INTO board_color (${database.engine === 'postgres' ? '"boardId", "colorName"' : 'boardId, colorName'}) VALUES ($1, $2)`,
      [id, name],
    );
  const unlink = (id: number, name: string) =>
    database.sql(
      database.engine === 'postgres'
        ? 'DELETE FROM board_color WHERE "boardId" = $1 AND "colorName" = $2'
        : 'DELETE FROM board_color WHERE boardId = $1 AND colorName = $2',
      [id, name],
    );
  const versionOf = async (id: number) =>
    (await database.sql('SELECT row_version AS v FROM board WHERE id = $1', [id]))[0]?.['v'];

  it('are inserted with both ends, which a cascade adds', async () => {
    const { id } = await addBoard(['a', 'b']);

    expect(await colorsOf(id)).toEqual(['a', 'b']);
  });

  it('are inserted and deleted one by one, and leave the versions of both ends alone', async () => {
    const { id, prefix } = await addBoard(['a', 'b']);

    const log = await database.recordStatements(() =>
      once(async (uow) => {
        const board = await load(uow, id);
        board.colors = [...board.colors!.slice(1), color(`${prefix}c`), color(`${prefix}d`)];
      }),
    );

    expect(await colorsOf(id)).toEqual(['b', 'c', 'd']);
    expect(await versionOf(id)).toBe(1);
    expect(
      log.filter(
        (sql) =>
          /^INSERT INTO .?board_color/i.test(sql) ||
          /^WITH[^]*INSERT INTO .?board_color/i.test(sql),
      ),
    ).toHaveLength(1);
  });

  it('are written from either side, and once if both sides say the same', async () => {
    const { id, prefix } = await addBoard(['a']);

    await once(async (uow) => {
      const board = await load(uow, id);
      const added = color(`${prefix}b`);
      uow.add(added);
      added.boards = [board];
      board.colors!.push(added);
    });
    await once(async (uow) => {
      const first = await uow.findOneOrFail(Color, {
        where: { name: `${prefix}a` },
        relations: { boards: true },
      });
      first.boards = [];
    });

    expect(await colorsOf(id)).toEqual(['b']);
  });

  it('are compared with what was flushed before', async () => {
    const { id, prefix } = await addBoard(['a']);

    await once(async (uow) => {
      const board = await load(uow, id);
      board.colors!.push(color(`${prefix}b`));
      await uow.flush();
      board.colors = board.colors!.filter(({ name }) => !name.endsWith('b'));
      await uow.flush();
      board.colors.push(color(`${prefix}c`));
    });

    expect(await colorsOf(id)).toEqual(['a', 'c']);
  });

  it('do not come back when their entity is removed', async () => {
    const { id } = await addBoard(['a']);

    await once(async (uow) => {
      const board = await load(uow, id);
      board.colors = [];
      uow.remove(board);
    });

    expect(await colorsOf(id)).toEqual([]);
  });

  it.each([
    ['inserted', 'unique', link, (board: Board, added: Color) => void board.colors!.push(added)],
    ['deleted', 'row-version', unlink, (board: Board) => void (board.colors = [])],
  ] as const)(
    'that a rival has %s meanwhile are a conflict, and replayed',
    async (_what, kind, rival, edit) => {
      const { id, prefix } = await addBoard(['a']);
      const name = kind === 'unique' ? `${prefix}b` : `${prefix}a`;
      if (kind === 'unique') await once(async (uow) => uow.add(color(name)));
      const work = async (uow: UnitOfWork) => {
        const board = await load(uow, id);
        const added = await uow.findOneByOrFail(Color, { name });
        if (uow.attempt === 1) await rival(id, name);
        edit(board, added);
      };

      const error = await rejectionOf(once(work));
      expect(error).toBeInstanceOf(ConcurrencyError);
      expect(error).toMatchObject({ kind, replayable: true });

      await (kind === 'unique' ? unlink(id, name) : link(id, name));
      await unitOfWork(database.source, work);

      expect(await colorsOf(id)).toEqual(kind === 'unique' ? ['a', 'b'] : []);
    },
  );

  it('are guarded by the version of their entity if that is moved with them', async () => {
    const { id, prefix } = await addBoard(['a']);
    await once(async (uow) => uow.add(color(`${prefix}b`)));

    const error = await rejectionOf(
      once(async (uow) => {
        const board = await load(uow, id);
        board.colors!.push(await uow.findOneByOrFail(Color, { name: `${prefix}b` }));
        uow.forceIncrement(board);
        await database.sql('UPDATE board SET row_version = 7 WHERE id = $1', [id]);
      }),
    );

    expect(error).toMatchObject({ conflicts: [{ expectedVersion: 1, actualVersion: 7 }] });
    expect(await colorsOf(id)).toEqual(['a']);
  });

  it('are not written if the unit fails, and the collection can be edited by a replay', async () => {
    const { id, prefix } = await addBoard(['a']);
    const added = color(`${prefix}b`);

    await rejectionOf(
      once(async (uow) => {
        const board = await load(uow, id);
        board.colors!.push(added);
        await uow.flush();
        throw new Error('rolled back');
      }),
    );
    await once(async (uow) => {
      const board = await load(uow, id);
      board.colors!.push(added);
    });

    expect(await colorsOf(id)).toEqual(['a', 'b']);
  });

  it.each<[string, (uow: UnitOfWork, id: number, name: string) => Promise<Board>]>([
    [
      'a condition of find()',
      (uow, id, name) =>
        uow.findOneOrFail(Board, { where: { id, colors: { name } }, relations: { colors: true } }),
    ],
    [
      'a condition of a join',
      (uow, id, name) =>
        uow.manager
          .createQueryBuilder(Board, 'b')
          .leftJoinAndSelect('b.colors', 'c', 'c.name = :name', { name })
          .where('b.id = :id', { id })
          .getOneOrFail(),
    ],
    [
      'a condition of a query builder',
      (uow, id, name) =>
        uow.manager
          .createQueryBuilder(Board, 'b')
          .leftJoinAndSelect('b.colors', 'c')
          .where({ id })
          .andWhere('c.name = :name', { name })
          .getOneOrFail(),
    ],
  ])('are not written of a collection that was loaded with %s', async (_what, loadSome) => {
    const { id, prefix } = await addBoard(['a', 'b']);

    const error = await rejectionOf(
      once(async (uow) => {
        const board = await loadSome(uow, id, `${prefix}a`);
        board.colors = [];
      }),
    );
    const kept = await once(async (uow) => {
      await loadSome(uow, id, `${prefix}a`);
      const board = await load(uow, id);
      const count = board.colors!.length;
      board.colors = [];
      return count;
    });

    expect(error).toBeInstanceOf(UsageError);
    // Loaded whole later, it is whole.
    expect(kept).toBe(2);
    expect(await colorsOf(id)).toEqual([]);
  });

  it('are not written of a collection that was assigned without having been loaded', async () => {
    const { id, prefix } = await addBoard(['a']);

    const error = await rejectionOf(
      once(async (uow) => {
        const board = await uow.findOneByOrFail(Board, { id });
        board.colors = [color(`${prefix}b`)];
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect(await colorsOf(id)).toEqual(['a']);
  });

  it('are written of a lazy collection, and not if it was only read', async () => {
    const { id, prefix } = await addBoard(['a', 'b']);
    const faded = async () => {
      const board = await database.source.manager.findOneByOrFail(Board, { id });
      return new Set((await board.faded!).map(({ name }) => name.split(' ')[1]));
    };

    await once(async (uow) => {
      const board = await uow.findOneByOrFail(Board, { id });
      board.faded = Promise.resolve([await uow.findOneByOrFail(Color, { name: `${prefix}a` })]);
    });
    const assigned = await faded();
    await once(async (uow) => {
      const board = await uow.findOneByOrFail(Board, { id });
      (await board.faded!).push(await uow.findOneByOrFail(Color, { name: `${prefix}b` }));
    });
    const edited = await faded();
    const log = await database.recordStatements(() =>
      once(async (uow) => (await uow.findOneByOrFail(Board, { id })).faded),
    );

    expect([assigned, edited]).toEqual([new Set(['a']), new Set(['a', 'b'])]);
    expect(log.filter((sql) => /INSERT|DELETE|UPDATE/.test(sql))).toEqual([]);
  });
});
