import { QueryFailedError } from 'typeorm';

import {
  ConcurrencyError,
  noReplay,
  outsideUnitOfWork as outside,
  unitOfWork,
  type UnitOfWork,
} from '../../lib/index';
import { Article, Comment, entities, Topic } from '../differential/entities';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

onEachDatabase('a foreign key', entities, (database) => {
  const once = <T>(work: (uow: UnitOfWork) => Promise<T>) =>
    unitOfWork(database.source, work, { retry: noReplay });
  let labels = 0;
  const named = <T extends object>(thing: T) =>
    Object.assign(thing, { caseId: 1, label: `k${labels++}` });
  const store = async <T extends object>(thing: T) => {
    await once(async (uow) => uow.add(thing));
    return thing;
  };
  const topic = (more: Partial<Topic> = {}) => Object.assign(named(new Topic()), more);
  const article = (more: Partial<Article> = {}) => Object.assign(named(new Article()), more);
  const comment = (text: string) => Object.assign(named(new Comment()), { text });
  const deleteTopic = (id: number) => database.sql('DELETE FROM topic WHERE id = $1', [id]);

  describe('to a row that the unit has read and a rival has deleted', () => {
    it.each<[how: string, point: (uow: UnitOfWork, parent: Topic) => unknown]>([
      ['of a new row', (uow, parent) => uow.add(topic({ parent }))],
      ['of several statements', (uow, parent) => uow.add([topic({ parent }), article()])],
      [
        'of a row that was loaded',
        async (uow, parent) => {
          const { id } = await outside(() => store(topic()));
          const child = await uow.findOneByOrFail(Topic, { id });
          child.parent = parent;
        },
      ],
      [
        'of a link row',
        async (uow, parent) => {
          const { label } = await outside(() => store(article()));
          const where = { caseId: 1, label };
          const owner = await uow.findOneOrFail(Article, { where, relations: { topics: true } });
          owner.topics?.push(parent);
        },
      ],
    ])('is a conflict that names it: %s', async (_, point) => {
      const { id } = await store(topic());

      const error = await rejectionOf(
        once(async (uow) => {
          const parent = await uow.findOneByOrFail(Topic, { id });
          await point(uow, parent);
          await deleteTopic(id);
        }),
      );

      expect(error).toBeInstanceOf(ConcurrencyError);
      expect(error).toMatchObject({
        kind: 'row-version',
        replayable: true,
        conflicts: [{ entityName: 'Topic', key: [id], expectedVersion: 1, actualVersion: null }],
        cause: expect.any(QueryFailedError),
      });
    });

    it('is replayed, and the replay finds that it is gone', async () => {
      const { id } = await store(topic());
      const label = `k${labels++}`;
      let attempts = 0;

      await unitOfWork(database.source, async (uow) => {
        attempts++;
        const parent = await uow.findOneBy(Topic, { id });
        uow.add(Object.assign(topic({ parent }), { label }));
        if (parent) await deleteTopic(id);
      });

      expect(attempts).toBe(2);
      const [row] = await database.source.manager.find(Topic, {
        where: { label },
        relations: { parent: true },
      });
      expect(row).toMatchObject({ label, parent: null });
    });
  });

  describe('to a row that is not there', () => {
    it.each<[how: string, parent: () => Promise<Topic>]>([
      ['and was never read', async () => Object.assign(new Topic(), { id: 999_999 })],
      [
        'and was read elsewhere',
        async () => {
          const gone = await store(topic());
          await deleteTopic(gone.id);
          return gone;
        },
      ],
    ])('is the error of the database, which is not replayed: %s', async (_, find) => {
      const parent = await find();
      let attempts = 0;

      const error = await rejectionOf(
        unitOfWork(database.source, async (uow) => {
          attempts++;
          uow.add(topic({ parent }));
        }),
      );

      expect(error).toBeInstanceOf(QueryFailedError);
      expect(attempts).toBe(1);
    });

    it('is the error of the database if the unit itself has deleted it', async () => {
      const { id } = await store(topic());

      const error = await rejectionOf(
        once(async (uow) => {
          const parent = await uow.findOneByOrFail(Topic, { id });
          uow.remove(parent);
          await uow.flush();
          uow.add(topic({ parent: Object.assign(new Topic(), { id }) }));
        }),
      );

      expect(error).toBeInstanceOf(QueryFailedError);
    });
  });

  describe('of a member without a row version that leaves a collection', () => {
    it.each<[how: string, leave: (owner: Article) => void]>([
      ['alone', (owner) => owner.comments?.splice(0, 1)],
      ['with others', (owner) => (owner.comments = [])],
      ['with a change', (owner) => ((owner.title = 'new'), owner.comments?.splice(0, 1))],
    ])('is compared, so that a rival who has moved it is a conflict: %s', async (_, leave) => {
      const [first, second] = [comment('first'), comment('second')];
      const { label } = await store(article({ comments: [first, second] }));
      const other = await store(article());

      const error = await rejectionOf(
        once(async (uow) => {
          const where = { caseId: 1, label };
          const owner = await uow.findOneOrFail(Article, { where, relations: { comments: true } });
          owner.comments?.sort((one, two) => one.id - two.id);
          leave(owner);
          await outside(() =>
            database.source.manager.update(
              Comment,
              { id: first.id },
              { article: { caseId: 1, label: other.label } },
            ),
          );
        }),
      );

      expect(error).toMatchObject({
        kind: 'row-version',
        conflicts: [{ entityName: 'Comment', key: [first.id], changedTokens: ['article.label'] }],
      });
      const rows = await database.source.manager.find(Comment, {
        where: [{ id: first.id }, { id: second.id }],
        relations: { article: true },
        order: { id: 'ASC' },
      });
      expect(rows.map((row) => row.article?.label)).toEqual([other.label, label]);
    });

    it('lets it go where nobody has moved it', async () => {
      const { label, comments = [] } = await store(article({ comments: [comment('only')] }));

      await once(async (uow) => {
        const where = { caseId: 1, label };
        const owner = await uow.findOneOrFail(Article, { where, relations: { comments: true } });
        owner.comments = [];
        await uow.flush();
        owner.title = 'later';
      });

      expect(await database.source.manager.countBy(Comment, { id: comments?.[0]?.id ?? 0 })).toBe(
        0,
      );
    });
  });
});
