import type { EntityManager } from 'typeorm';

import { noReplay, unitOfWork, UsageError, type UnitOfWork } from '../../lib/index';
import { Board, boardEntities, Card, Color, Sticker } from '../fixtures/boards';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

onEachDatabase('a manager inside a unit that is given a graph', boardEntities, (database) => {
  const once = <T>(work: (uow: UnitOfWork) => Promise<T>) =>
    unitOfWork(database.source, work, { retry: noReplay });
  let names = 0;
  const newBoard = () =>
    Object.assign(new Board(), {
      name: 'plan',
      cards: [Object.assign(new Card(), { text: 'a' })],
      stickers: [Object.assign(new Sticker(), { text: `graph ${names++}` })],
      colors: [Object.assign(new Color(), { name: `graph ${names++}` })],
    });
  const whole = { cards: true, stickers: true, colors: true } as const;
  const stored = (id: number) =>
    database.source.manager.findOneOrFail(Board, {
      where: { id },
      relations: whole,
      withDeleted: true,
    });
  const addBoard = async () => {
    const board = newBoard();
    await once(async (uow) => uow.add(board));
    return stored(board.id);
  };

  describe('insert()', () => {
    it('follows no cascade, as TypeORM does not', async () => {
      const board = newBoard();

      await once(({ manager }) => manager.insert(Board, board));

      expect(await stored(board.id)).toMatchObject({ cards: [], stickers: [], colors: [] });
    });

    it('leaves what is related to a plain object out as well', async () => {
      const board = { name: 'plan', cards: [{ text: 'a' }] } as Board;
      const cards = await database.source.manager.count(Card);

      await once(({ manager }) => manager.insert(Board, board));

      expect(await database.source.manager.count(Card)).toBe(cards);
    });

    it('leaves it to save(), and to what comes later', async () => {
      const board = newBoard();
      const later = newBoard();

      await once(async ({ manager }) => {
        await manager.insert(Board, board);
        await manager.save(board);
        await manager.insert(Board, later);
        later.cards?.push(Object.assign(new Card(), { text: 'b' }));
      });

      const { cards, stickers, colors } = await stored(board.id);
      expect([cards?.length, stickers?.length, colors?.length]).toEqual([1, 1, 1]);
      expect((await stored(later.id)).cards).toMatchObject([{ text: 'b' }]);
    });
  });

  describe('of an array of which one is refused', () => {
    let id: number;
    beforeEach(async () => {
      ({ id } = await addBoard());
    });
    const softly = async (uow: UnitOfWork) => {
      const board = await uow.findOneOrFail(Board, { where: { id }, relations: whole });
      return { board, fresh: Object.assign(new Card(), { text: 'not inserted' }) };
    };

    it('softly removes none', async () => {
      await once(async (uow) => {
        const { board, fresh } = await softly(uow);
        uow.add(fresh);
        expect(() => uow.softRemove([board, fresh])).toThrow(UsageError);
        expect([board.deleted, board.cards?.[0]?.deleted]).toEqual([null, null]);
      });

      expect(await stored(id)).toMatchObject({ deleted: null, version: 1 });
    });

    it('removes none', async () => {
      await once(async (uow) => {
        const { board, fresh } = await softly(uow);
        expect(() => uow.remove([board.stickers![0]!, fresh])).toThrow(UsageError);
      });

      expect((await stored(id)).stickers).toHaveLength(1);
    });

    it('adds none', async () => {
      const text = `graph ${names++}`;

      await once(async (uow) => {
        const { board } = await softly(uow);
        const sticker = Object.assign(new Sticker(), { text, board });
        expect(() => uow.add([sticker, board])).toThrow(UsageError);
        expect(() => uow.add([sticker, new Date()])).toThrow(UsageError);
      });

      expect(await database.sql('SELECT text FROM sticker WHERE text = $1', [text])).toEqual([]);
    });

    type Write = (manager: EntityManager) => (all: object[]) => Promise<unknown>;
    const removals: readonly [method: string, write: Write][] = [
      ['remove', (manager) => (all) => manager.remove(all)],
      ['softRemove', (manager) => (all) => manager.softRemove(all)],
      ['recover', (manager) => (all) => manager.recover(all)],
    ];
    const save: Write = (manager) => (all) => manager.save(all);

    it.each([['save', save] as const, ...removals])(
      'manager.%s() leaves nothing behind, in the database and in memory',
      async (_, write) => {
        const before = await addBoard();
        const elsewhere = await stored(before.id);

        const error = await rejectionOf(
          once(({ manager }) => write(manager)([elsewhere, new Date()])),
        );

        expect(error).toBeInstanceOf(UsageError);
        expect(elsewhere).toEqual(before);
        expect(await stored(before.id)).toEqual(before);
      },
    );

    it.each(removals)(
      'manager.%s() leaves the unit to go on when that was a part which may fail',
      async (_, write) => {
        const kept = await once(async (uow) => {
          const board = await uow.findOneOrFail(Board, { where: { id }, relations: whole });
          const part = uow.savepoint(async () => {
            await write(uow.manager)([board, Object.assign(new Card(), { text: 'no row' })]);
          });
          expect(await rejectionOf(part)).toBeInstanceOf(UsageError);
          return board;
        });

        expect(kept.deleted).toBeNull();
        expect(await stored(id)).toMatchObject({ deleted: null, version: 1, cards: [{}] });
      },
    );
  });

  describe('that was loaded elsewhere', () => {
    it('softly removes and recovers what cascades reach', async () => {
      const board = await addBoard();

      await once(({ manager }) => manager.softRemove(board));
      const removed = await stored(board.id);
      await once(({ manager }) => manager.recover(board));

      expect([removed.deleted, removed.cards?.[0]?.deleted]).toEqual([
        expect.any(Date),
        expect.any(Date),
      ]);
      expect(removed).toMatchObject({ version: 2, cards: [{ version: 2 }] });
      expect(await stored(board.id)).toMatchObject({
        deleted: null,
        version: 3,
        cards: [{ deleted: null, version: 3 }],
      });
      expect(board).toMatchObject({ version: 3, cards: [{ deleted: null, version: 3 }] });
    });

    it('removes what cascades reach', async () => {
      const { id, cards } = await addBoard();
      await database.source.getRepository(Sticker).delete({ board: { id } });
      const board = await database.source.manager.findOneOrFail(Board, {
        where: { id },
        relations: { cards: true },
      });

      await once(({ manager }) => manager.remove(board));

      expect(await database.sql('SELECT id FROM board WHERE id = $1', [id])).toEqual([]);
      const card = await database.sql('SELECT id FROM card WHERE id = $1', [cards![0]!.id]);
      expect(card).toEqual([]);
    });

    it('softly removes what cascades reach from an object without a class', async () => {
      const { id, cards } = await addBoard();
      const plain = { id, cards: [{ id: cards![0]!.id }] };

      await once(({ manager }) => manager.softRemove(Board, plain as Board));

      const removed = await stored(id);
      expect([removed.deleted, removed.cards?.[0]?.deleted]).toEqual([
        expect.any(Date),
        expect.any(Date),
      ]);
    });

    it('compares the versions of what cascades reach', async () => {
      const board = await addBoard();
      await database.sql('UPDATE card SET row_version = row_version + 1 WHERE id = $1', [
        board.cards![0]!.id,
      ]);

      const error = await rejectionOf(once(({ manager }) => manager.softRemove(board)));

      expect(error).toMatchObject({
        conflicts: [{ entityName: 'Card', expectedVersion: 1, actualVersion: 2 }],
      });
      expect(await stored(board.id)).toMatchObject({ deleted: null });
    });
  });
});
