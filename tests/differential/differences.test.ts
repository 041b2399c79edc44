import type { EntityManager } from 'typeorm';

import { unitOfWork, UsageError, type UnitOfWork } from '../../lib/index';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';
import { Article, Comment, entities, Note, Person, Profile } from './entities';

/**
 * Where a unit of work leaves other rows than `save()`, or refuses what it takes: what the generated cases
 * leave out, or do for `save()` what a careful user would. There may be ten at most.
 */
onEachDatabase('documented differences', entities, (database) => {
  let caseId = 0;
  const inUnit = <T>(work: (uow: UnitOfWork) => Promise<T>) => unitOfWork(database.source, work);
  const { manager } = { manager: (): EntityManager => database.source.manager };
  const article = (label: string, more: Partial<Article> = {}) =>
    Object.assign(new Article(), { caseId, label, ...more });
  const note = (label: string) => Object.assign(new Note(), { caseId, label });
  const store = async <T extends object>(...all: T[]) => {
    await inUnit(async (uow) => uow.add(all));
    return all;
  };
  const loadArticle = (from: Pick<EntityManager, 'findOneOrFail'>, label: string) =>
    from.findOneOrFail(Article, {
      where: { caseId, label },
      relations: { notes: true, comments: true },
    });
  const storedNote = (label: string) =>
    manager().findOneOrFail(Note, { where: { caseId, label }, relations: { article: true } });
  beforeEach(() => void caseId++);

  it('1. a row whose many-to-one is NULL is not written by a unit that has not changed it', async () => {
    await store(note('plain'), note('unit'));
    const load = (from: Pick<EntityManager, 'findOneOrFail'>, label: string) =>
      from.findOneOrFail(Note, { where: { caseId, label }, relations: { article: true } });

    await manager().save(await load(manager(), 'plain'));
    await inUnit((uow) => load(uow, 'unit'));

    expect((await storedNote('plain')).version).toBe(2);
    expect((await storedNote('unit')).version).toBe(1);
  });

  it('2. a member put into a collection stays in it though its other side was loaded as NULL', async () => {
    await store(article('a'), note('plain'), note('unit'));
    const putIn = async (from: Pick<EntityManager, 'findOneOrFail'>, label: string) => {
      const owner = await loadArticle(from, 'a');
      const where = { caseId, label };
      owner.notes!.push(await from.findOneOrFail(Note, { where, relations: { article: true } }));
      return [owner, ...owner.notes!];
    };

    await manager().save(await putIn(manager(), 'plain'));
    await inUnit((uow) => putIn(uow, 'unit'));

    // TypeORM takes the NULL that it has loaded for one that was assigned.
    expect((await storedNote('plain')).article).toBeNull();
    expect((await storedNote('unit')).article?.label).toBe('a');
  });

  it('2. and so does a new one whose other side was assigned NULL', async () => {
    await store(article('a'));
    const putIn = async (from: Pick<EntityManager, 'findOneOrFail'>, label: string) => {
      const owner = await loadArticle(from, 'a');
      const added = note(label);
      owner.notes!.push(added);
      added.article = null;
      return [owner, added];
    };

    await manager().save(await putIn(manager(), 'plain'));
    await inUnit((uow) => putIn(uow, 'unit'));

    expect((await storedNote('plain')).article).toBeNull();
    expect((await storedNote('unit')).article?.label).toBe('a');
  });

  it('3. an entity that was put into two collections of a kind is refused', async () => {
    await store(article('a'), article('b'));

    const error = await rejectionOf(
      inUnit(async (uow) => {
        const added = note('both');
        for (const label of ['a', 'b']) (await loadArticle(uow, label)).notes!.push(added);
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect(await manager().count(Note, { where: { caseId } })).toBe(0);
  });

  it('4. a collection that was assigned without having been loaded is refused, if it has members', async () => {
    const owner = article('a', { notes: [note('other')] });
    await store(owner);

    const error = await rejectionOf(
      inUnit(async (uow) => {
        const loaded = await uow.findOneByOrFail(Article, { caseId, label: 'a' });
        loaded.notes = [note('mine')];
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect((await storedNote('other')).article?.label).toBe('a');
  });

  it('5. a foreign key that nobody has read is written when it is assigned, if only with what it is', async () => {
    await store(note('a'));

    await inUnit(async (uow) => {
      const loaded = await uow.findOneByOrFail(Note, { caseId, label: 'a' });
      loaded.article = null;
    });

    // To learn that nothing changed, save() reads each row once more.
    expect((await storedNote('a')).version).toBe(2);
  });

  it('6. a related object that is new, and that nothing adds, is refused and not left out', async () => {
    await store(article('a'));
    const stray = Object.assign(new Person(), { caseId, label: 'stray' });

    const error = await rejectionOf(
      inUnit(async (uow) => {
        const added = Object.assign(new Profile(), { caseId, label: 'p', person: stray });
        uow.add(added);
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect(await manager().count(Profile, { where: { caseId } })).toBe(0);
  });

  it('7. a changed key is refused: save() would insert a second row', async () => {
    await store(article('a'));

    const error = await rejectionOf(
      inUnit(async (uow) => {
        const loaded = await uow.findOneByOrFail(Article, { caseId, label: 'a' });
        loaded.label = 'b';
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect(await manager().count(Article, { where: { caseId } })).toBe(1);
  });

  it('8. an orphan that was put into another collection belongs to that one, and is not deleted', async () => {
    const comments = ['plain', 'unit'].map((label) =>
      Object.assign(new Comment(), { caseId, label }),
    );
    await store(article('a', { comments }), article('b'));
    const move = async (from: Pick<EntityManager, 'findOneOrFail'>, label: string) => {
      const [old, next] = [await loadArticle(from, 'a'), await loadArticle(from, 'b')];
      const index = old.comments!.findIndex((comment) => comment.label === label);
      next.comments!.push(...old.comments!.splice(index, 1));
      return [old, next];
    };

    await inUnit((uow) => move(uow, 'unit'));
    await manager().save(await move(manager(), 'plain'));

    const left = await manager().find(Comment, {
      where: { caseId },
      relations: { article: true },
    });
    // What was moved for save() is deleted by it.
    expect(left.map(({ label, article }) => [label, article?.label])).toEqual([['unit', 'b']]);
  });
});
