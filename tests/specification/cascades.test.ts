import {
  ConcurrencyError,
  noReplay,
  unitOfWork,
  UsageError,
  type UnitOfWork,
} from '../../lib/index';
import { Board, boardEntities, Card, Color, Cover, Sticker } from '../fixtures/boards';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

onEachDatabase('cascades', boardEntities, (database) => {
  const once = <T>(work: (uow: UnitOfWork) => Promise<T>) =>
    unitOfWork(database.source, work, { retry: noReplay });
  let names = 0;
  const card = (text: string) => Object.assign(new Card(), { text });
  const sticker = (text: string) => Object.assign(new Sticker(), { text: `${names++} ${text}` });
  const addBoard = async (more: Partial<Board> = {}) => {
    const board = Object.assign(new Board(), { name: 'plan', ...more });
    await once(async (uow) => uow.add(board));
    return board.id;
  };
  const whole = { cards: true, stickers: true, cover: true, colors: true } as const;
  const load = (uow: UnitOfWork, id: number) =>
    uow.findOneOrFail(Board, { where: { id }, relations: whole });
  const stored = (id: number) =>
    database.source.manager.findOne(Board, { where: { id }, relations: whole, withDeleted: true });
  const move = (table: string, id: number) =>
    database.sql(`UPDATE ${table} SET row_version = row_version + 1 WHERE id = $1`, [id]);

  it('of an insert reach whatever is new, at any distance, and fill in its foreign keys', async () => {
    const id = await addBoard({
      cards: [card('a'), card('b')],
      stickers: [sticker('s')],
      cover: new Cover(),
      colors: [Object.assign(new Color(), { name: 'cascaded' })],
    });

    const board = await stored(id);

    expect(board?.cards?.map(({ text }) => text).toSorted()).toEqual(['a', 'b']);
    expect(board?.stickers).toHaveLength(1);
    expect(board?.cover?.id).toBeGreaterThan(0);
    expect(board?.colors).toHaveLength(1);
  });

  it('take plain objects too, as save() does', async () => {
    const id = await addBoard({ cards: [{ text: 'plain' } as Card] });

    expect((await stored(id))?.cards).toMatchObject([{ text: 'plain', version: 1 }]);
  });

  it('leave the other side of new members as it was, so that they can be sent as JSON', async () => {
    const board = Object.assign(new Board(), { name: 'plan', cards: [card('a')] });

    const text = await once(async (uow) => {
      uow.add(board);
      await uow.flush();
      return JSON.stringify(board);
    });

    expect(JSON.parse(text)).toMatchObject({ cards: [{ text: 'a', version: 1 }] });
    expect(board.cards?.[0]?.board).toBeUndefined();
  });

  it('of an insert are taken back with the unit, and new again for the next', async () => {
    const id = await addBoard();
    const added = card('a');

    await rejectionOf(
      once(async (uow) => {
        (await load(uow, id)).cards!.push(added);
        await uow.flush();
        throw new Error('rolled back');
      }),
    );
    const afterFailure = Object.entries(added);
    await once(async (uow) => void (await load(uow, id)).cards!.push(added));

    expect(afterFailure).toEqual([['text', 'a']]);
    expect((await stored(id))?.cards).toMatchObject([{ text: 'a' }]);
  });

  it('refuse an object that was loaded elsewhere: nobody knows at which version', async () => {
    const id = await addBoard({ cards: [card('a')] });
    const elsewhere = (await stored(id))!.cards![0]!;

    const error = await rejectionOf(
      once(async (uow) => {
        const board = await uow.findOneByOrFail(Board, { id });
        board.cards = [elsewhere];
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
  });

  it('of a removal remove what is loaded, children first', async () => {
    const id = await addBoard({ cards: [card('a')], cover: new Cover() });

    await once(async (uow) => uow.remove(await load(uow, id)));

    expect(await stored(id)).toBeNull();
    expect(
      await database.sql('SELECT id FROM card WHERE board_id = $1', [id]).catch(() => []),
    ).toEqual([]);
  });

  it('of a removal check the version of each row that they remove', async () => {
    const id = await addBoard({ cards: [card('a')] });

    const error = await rejectionOf(
      once(async (uow) => {
        const board = await load(uow, id);
        await move('card', board.cards![0]!.id);
        uow.remove(board);
      }),
    );

    expect(error).toMatchObject({ conflicts: [{ entityName: 'Card', operation: 'delete' }] });
    expect(await stored(id)).toMatchObject({ cards: [{ text: 'a' }] });
  });

  it('of a soft removal reach what is loaded, check it and count it, as recovery does', async () => {
    const id = await addBoard({ cards: [card('a')] });

    await once(async (uow) => uow.softRemove(await load(uow, id)));
    const removed = await stored(id);
    await once(async (uow) => {
      const options = { where: { id }, relations: whole, withDeleted: true };
      uow.recover(await uow.findOneOrFail(Board, options));
    });
    const recovered = await stored(id);

    expect(removed).toMatchObject({ version: 2, cards: [{ version: 2 }] });
    expect(removed?.deleted).toBeInstanceOf(Date);
    expect(removed?.cards?.[0]?.deleted).toBeInstanceOf(Date);
    expect(recovered).toMatchObject({ version: 3, deleted: null, cards: [{ deleted: null }] });
  });

  it('of a soft removal lose to a rival as every change does', async () => {
    const id = await addBoard();

    const error = await rejectionOf(
      once(async (uow) => {
        const board = await uow.findOneByOrFail(Board, { id });
        await move('board', id);
        uow.softRemove(board);
        await uow.flush();
      }),
    );

    expect(error).toBeInstanceOf(ConcurrencyError);
    expect((await stored(id))?.deleted).toBeNull();
  });

  it('of a soft removal do nothing to what is removed softly already', async () => {
    const id = await addBoard();
    await once(async (uow) => uow.softRemove(await uow.findOneByOrFail(Board, { id })));

    await once(async (uow) => {
      const options = { where: { id }, withDeleted: true };
      uow.softRemove(await uow.findOneOrFail(Board, options));
    });

    expect(await stored(id)).toMatchObject({ version: 2 });
  });

  it('know no soft removal of an entity without a delete date', async () => {
    await addBoard({ stickers: [sticker('s')] });

    const error = await rejectionOf(
      once(async (uow) => uow.softRemove((await uow.find(Sticker))[0]!)),
    );

    expect(error).toMatchObject({
      message: expect.stringContaining('@DeleteDateColumn') as unknown,
    });
  });
});

onEachDatabase('orphans', boardEntities, (database) => {
  const once = <T>(work: (uow: UnitOfWork) => Promise<T>) =>
    unitOfWork(database.source, work, { retry: noReplay });
  let texts = 0;
  const addBoard = async (count: number) => {
    const cards = Array.from({ length: count }, () => Object.assign(new Card(), { text: 'c' }));
    const stickers = Array.from({ length: count }, () =>
      Object.assign(new Sticker(), { text: `orphan ${texts++}` }),
    );
    const board = Object.assign(new Board(), { name: 'plan', cards, stickers, cover: new Cover() });
    await once(async (uow) => uow.add(board));
    return {
      id: board.id,
      cards: cards.map(({ id }) => id),
      stickers: stickers.map(({ text }) => text),
    };
  };
  const load = (uow: UnitOfWork, id: number) =>
    uow.findOneOrFail(Board, {
      where: { id },
      relations: { cards: true, stickers: true, cover: true },
    });

  it('are removed softly where that is said', async () => {
    const { id, cards } = await addBoard(1);

    await once(async (uow) => void ((await load(uow, id)).cards = []));

    const [card] = await database.source.manager.find(Card, {
      where: { id: cards[0]! },
      withDeleted: true,
    });
    expect(card).toMatchObject({ version: 2 });
    expect(card?.deleted).toBeInstanceOf(Date);
  });

  it('are deleted where their foreign key must not be NULL', async () => {
    const { id, stickers } = await addBoard(2);

    await once(async (uow) => {
      const board = await load(uow, id);
      board.stickers = board.stickers!.filter(({ text }) => text !== stickers[0]);
    });

    const left = await database.source.manager.find(Sticker, { where: { board: { id } } });
    expect(left.map(({ text }) => text)).toEqual([stickers[1]]);
  });

  it('are checked: a rival who changed one is not overrun', async () => {
    const { id, stickers } = await addBoard(1);

    const error = await rejectionOf(
      once(async (uow) => {
        const board = await load(uow, id);
        await database.sql('UPDATE sticker SET row_version = 2 WHERE text = $1', stickers);
        board.stickers = [];
      }),
    );

    expect(error).toMatchObject({ conflicts: [{ entityName: 'Sticker', actualVersion: 2 }] });
    expect(await database.sql('SELECT text FROM sticker WHERE text = $1', stickers)).toHaveLength(
      1,
    );
  });

  it('are none that went to another collection', async () => {
    const [from, to] = [await addBoard(1), await addBoard(0)];

    await once(async (uow) => {
      const boards = [await load(uow, from.id), await load(uow, to.id)] as const;
      boards[1].stickers!.push(...boards[0].stickers!.splice(0));
    });

    const moved = await database.source.manager.find(Sticker, { where: { board: { id: to.id } } });
    expect(moved.map(({ text }) => text)).toEqual(from.stickers);
  });

  it('are none that the member itself takes elsewhere', async () => {
    const [from, to] = [await addBoard(1), await addBoard(0)];

    await once(async (uow) => {
      const boards = [await load(uow, from.id), await load(uow, to.id)] as const;
      const [sticker] = boards[0].stickers!.splice(0);
      sticker!.board = boards[1];
    });

    const moved = await database.source.manager.find(Sticker, { where: { board: { id: to.id } } });
    expect(moved.map(({ text }) => text)).toEqual(from.stickers);
  });

  it('are refused where a one-to-one must have its owner', async () => {
    const { id } = await addBoard(0);

    const error = await rejectionOf(once(async (uow) => void ((await load(uow, id)).cover = null)));

    expect(error).toBeInstanceOf(UsageError);
  });
});
