import { noReplay, unitOfWork, UsageError, type UnitOfWork } from '../../lib/index';
import { Board, boardEntities, Card, Color, Sticker } from '../fixtures/boards';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

onEachDatabase('collections across flushes', boardEntities, (database) => {
  const once = <T>(work: (uow: UnitOfWork) => Promise<T>) =>
    unitOfWork(database.source, work, { retry: noReplay });
  const relations = { cards: true, stickers: true, colors: true } as const;
  let names = 0;
  const sticker = () => Object.assign(new Sticker(), { text: `sticker ${names++}` });
  const color = () => Object.assign(new Color(), { name: `color ${names++}` });
  const addBoard = async (more: Partial<Board> = {}) => {
    const board = Object.assign(new Board(), { name: `board ${names++}`, ...more });
    await once(async (uow) => uow.add(board));
    return board.id;
  };
  const load = (uow: UnitOfWork, id: number) =>
    uow.findOneOrFail(Board, { where: { id }, relations });
  const stored = (id: number) =>
    database.source.manager.findOneOrFail(Board, { where: { id }, relations });
  const stickersOf = async (id: number) => (await stored(id)).stickers?.map(({ text }) => text);
  const colorsOf = async (id: number) => (await stored(id)).colors?.map(({ name }) => name);

  for (const [how, write] of [
    ['flush()', (uow: UnitOfWork) => uow.flush()],
    ['save()', (uow: UnitOfWork, board: Board) => uow.manager.save(board)],
  ] as const) {
    it(`keep a member that came to another by one ${how} and was taken out by the next`, async () => {
      const moved = sticker();
      const from = await addBoard({ stickers: [moved] });
      const to = await addBoard({ stickers: [] });

      const written = once(async (uow) => {
        const [old, next] = [await load(uow, from), await load(uow, to)];
        next.stickers?.push(...(old.stickers ?? []));
        await write(uow, next);
        old.stickers = [];
        await write(uow, old);
      });

      await expect(written).resolves.toBeUndefined();
      expect([await stickersOf(from), await stickersOf(to)]).toEqual([[], [moved.text]]);
    });
  }

  for (const [how, remove] of [
    ['remove()', async (uow: UnitOfWork, gone: Color) => (uow.remove(gone), uow.flush())],
    ['manager.remove()', async (uow: UnitOfWork, gone: Color) => uow.manager.remove(gone)],
  ] as const) {
    it(`forget a member of a many-to-many that ${how} has deleted before`, async () => {
      const [gone, kept] = [color(), color()];
      const id = await addBoard({ colors: [gone, kept] });

      await once(async (uow) => {
        const board = await load(uow, id);
        const removed = board.colors?.find(({ name }) => name === gone.name) as Color;
        await remove(uow, removed);
        board.colors = (board.colors ?? []).filter((one) => one !== removed);
      });

      expect(await colorsOf(id)).toEqual([kept.name]);
    });
  }

  it('add a link row once, if one side says so before a flush and the other after it', async () => {
    const { name } = await once(async (uow) => {
      const added = color();
      uow.add(added);
      return added;
    });
    const id = await addBoard({ colors: [] });

    await once(async (uow) => {
      const board = await load(uow, id);
      const other = await uow.findOneOrFail(Color, {
        where: { name },
        relations: { boards: true },
      });
      board.colors?.push(other);
      await uow.flush();
      other.boards?.push(board);
    });

    expect(await colorsOf(id)).toEqual([name]);
  });

  it('delete a link row once, if one side says so before a flush and the other after it', async () => {
    const { name } = color();
    const id = await addBoard({ colors: [Object.assign(new Color(), { name })] });

    await once(async (uow) => {
      const board = await load(uow, id);
      const other = await uow.findOneOrFail(Color, {
        where: { name },
        relations: { boards: true },
      });
      board.colors = [];
      await uow.flush();
      other.boards = [];
    });

    expect(await colorsOf(id)).toEqual([]);
  });

  it('delete a link row once, if a savepoint between has added it in vain', async () => {
    const { name } = color();
    const id = await addBoard({ colors: [Object.assign(new Color(), { name })] });

    const written = once(async (uow) => {
      const board = await load(uow, id);
      const other = await uow.findOneOrFail(Color, {
        where: { name },
        relations: { boards: true },
      });
      board.colors = [];
      await uow.flush();
      const added = uow.savepoint(async () => {
        board.colors = [other];
        await uow.flush();
        throw new Error('taken back');
      });
      await expect(added).rejects.toThrow('taken back');
      other.boards = [];
    });

    await expect(written).resolves.toBeUndefined();
    expect(await colorsOf(id)).toEqual([]);
  });

  it('write a member that came while a flush was under way by the next one', async () => {
    const [first, second] = [color(), color()];
    await once(async (uow) => uow.add([first, second]));
    const id = await addBoard({ colors: [] });
    const rival = database.source.createQueryRunner();
    try {
      await rival.startTransaction();
      await rival.manager.findOneOrFail(Color, {
        where: { name: first.name },
        lock: { mode: 'pessimistic_write' },
      });

      await once(async (uow) => {
        const board = await load(uow, id);
        const added = await uow.findOneByOrFail(Color, { name: first.name });
        const late = await uow.findOneByOrFail(Color, { name: second.name });
        board.colors?.push(added);
        const flushed = uow.flush();
        // The link row waits for the rival: its foreign key locks the color.
        await new Promise((resolve) => setTimeout(resolve, 100));
        board.colors?.push(late);
        await rival.rollbackTransaction();
        await flushed;
      });
    } finally {
      if (rival.isTransactionActive) await rival.rollbackTransaction();
      await rival.release();
    }

    expect((await colorsOf(id))?.toSorted()).toEqual([first.name, second.name].toSorted());
  });

  it('are not written as they were assigned in a savepoint that failed', async () => {
    const only = sticker();
    const from = await addBoard({ stickers: [only] });
    const to = await addBoard();

    await once(async (uow) => {
      const board = await uow.findOneByOrFail(Board, { id: to });
      const taken = await uow.findOneByOrFail(Sticker, { text: only.text });
      const failed = uow.savepoint(async () => {
        board.stickers = [taken];
        throw new Error('taken back');
      });
      await expect(failed).rejects.toThrow('taken back');
    });

    expect([await stickersOf(from), await stickersOf(to)]).toEqual([[only.text], []]);
  });

  for (const name of ['stickers', 'colors'] as const) {
    it(`refuse to be edited after a savepoint that failed has changed them: ${name}`, async () => {
      const [from, to] = [
        await addBoard({ stickers: [sticker()], colors: [color()] }),
        await addBoard(),
      ];

      const refusal = await rejectionOf(
        once(async (uow) => {
          const [other, board] = [await load(uow, from), await load(uow, to)];
          const failed = uow.savepoint(async () => {
            (board[name] as object[]).push(...(other[name] ?? []));
            throw new Error('taken back');
          });
          await expect(failed).rejects.toThrow('taken back');
          board[name] = [];
        }),
      );

      expect(refusal).toBeInstanceOf(UsageError);
      expect(String(refusal)).toMatch(new RegExp(`Board.*${name} cannot be edited: .*savepoint`));
      expect((await stored(from))[name]).toHaveLength(1);
    });
  }

  it('have an owner for a new member that save() was given with an entity of elsewhere', async () => {
    const id = await addBoard();
    const elsewhere = await stored(id);
    elsewhere.cards?.push(Object.assign(new Card(), { text: 'new' }));

    await once(async (uow) => void (await uow.manager.save(elsewhere)));

    expect((await stored(id)).cards).toMatchObject([{ text: 'new' }]);
  });

  it('are not lost by clear() if they were assigned without having been loaded', async () => {
    const only = sticker();
    await addBoard({ stickers: [only] });
    const id = await addBoard();

    await once(async (uow) => {
      const board = await uow.findOneByOrFail(Board, { id });
      board.stickers = [await uow.findOneByOrFail(Sticker, { text: only.text })];

      expect(() => uow.clear()).toThrow(UsageError);
    });

    expect(await stickersOf(id)).toEqual([only.text]);
  });

  it('leave nothing half removed if a soft removal is refused', async () => {
    const id = await addBoard({ cards: [] });

    await once(async (uow) => {
      const board = await load(uow, id);
      const card = Object.assign(new Card(), { text: 'new' });
      board.cards?.push(card);
      uow.add(card);
      expect(() => uow.softRemove(board)).toThrow(UsageError);
    });

    expect((await stored(id)).deleted).toBeNull();
  });
});
