import { PackageRevision, Resource } from '../../../examples/porch/entities';
import { push } from '../../../examples/porch/push';
import { onEachDatabase } from '../../setup/on-each-database';
import { TallyKeeper } from '../harness/tally-keeper';
import { Replacement } from './ledger';
import { porch } from './scenario';
import { brokenMoments, movesTold, tornReads } from './writer';

onEachDatabase('what is said of the packages afterwards', porch.entities, (database) => {
  let keeper: TallyKeeper;

  /** Somebody has pushed twice into package 1, and all of it is told. */
  beforeEach(async () => {
    const { source } = database;
    for (const entity of [Replacement, Resource, PackageRevision]) {
      await source.createQueryBuilder().delete().from(entity).execute();
    }
    await porch.fill(source, 1);
    keeper = new TallyKeeper();
    for (const tag of ['ann', 'bob']) {
      const content = { tag, files: { Kptfile: tag, 'a.yaml': tag } };
      const { replaced } = await push(source, 1, content);
      await source.manager.insert(Replacement, { revisionId: 1, replaced: replaced!, tag });
      keeper.count(movesTold);
    }
  });

  const violations = async () => {
    const found = await porch.inspect(database.source, [keeper.tally()]);
    return found.filter(({ count }) => count > 0);
  };

  it('is that nothing is wrong, if nothing is', async () => {
    expect(await violations()).toEqual([]);
  });

  it.each([
    ['files of two', "UPDATE resources SET writer_tag = 'ann' WHERE resource_key = 'a.yaml'"],
    ['files of somebody else', "UPDATE resources SET writer_tag = 'ann' WHERE pr_id = 1"],
    ['no files', 'DELETE FROM resources WHERE pr_id = 1'],
    ['no Kptfile', "DELETE FROM resources WHERE pr_id = 1 AND resource_key = 'Kptfile'"],
  ])('names a package with %s', async (_, spoil) => {
    await database.sql(spoil);

    expect(await violations()).toEqual([
      { what: 'packages with files of several writers', count: 1 },
    ]);
  });

  it('names content that was overwritten by somebody who had not seen it', async () => {
    const unseen = { revisionId: 1, replaced: 'first', tag: 'eve' };
    await database.source.manager.insert(Replacement, [unseen, { ...unseen, tag: 'mallory' }]);

    expect(await violations()).toEqual([{ what: 'contents overwritten unseen', count: 2 }]);
  });

  it('does not take content of one package for that of another', async () => {
    const elsewhere = { revisionId: 2, replaced: 'first', tag: 'eve' };
    await database.source.manager.insert(Replacement, elsewhere);

    expect(await violations()).toEqual([]);
  });

  it('names content that nobody was told of', async () => {
    await database.sql("UPDATE replacements SET tag = 'eve' WHERE tag = 'bob'");

    expect(await violations()).toEqual([{ what: 'contents that nobody was told of', count: 1 }]);
  });

  it.each([brokenMoments, tornReads])('names %s', async (what) => {
    keeper.count(what, 3);

    expect(await violations()).toEqual([{ what, count: 3 }]);
  });

  it.each([1, -1])('names a row version that nobody, or only a writer, knows of', async (by) => {
    await database.sql(`UPDATE package_revisions SET row_version = row_version + ${by}`);

    // All four of them.
    expect(await violations()).toEqual([{ what: 'row versions too many or too few', count: 4 }]);
  });
});
