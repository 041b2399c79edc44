import { editInUnit } from '../../../examples/nuget/edit-in-unit';
import { relisted } from '../../../examples/nuget/edits';
import { Package, PackageRegistration } from '../../../examples/nuget/entities';
import { onEachDatabase } from '../../setup/on-each-database';
import { TallyKeeper } from '../harness/tally-keeper';
import { nuget } from './scenario';
import { brokenMoments, editsTold } from './work';

onEachDatabase('what is said of the registrations afterwards', nuget.entities, (database) => {
  let keeper: TallyKeeper;

  /** Two versions of one name are listed, and all of it is told. */
  beforeEach(async () => {
    const { source } = database;
    for (const entity of [Package, PackageRegistration]) {
      await source.createQueryBuilder().delete().from(entity).execute();
    }
    await nuget.fill(source, 1);
    for (const version of [2, 3]) await editInUnit(source, 'lodash', relisted(version));
    keeper = new TallyKeeper();
    keeper.count(editsTold, 2);
  });

  const violations = async () => {
    const found = await nuget.inspect(database.source, [keeper.tally()]);
    return found.filter(({ count }) => count > 0);
  };

  it('is that nothing is wrong, if nothing is', async () => {
    expect(await violations()).toEqual([]);
  });

  it.each([
    ['two latest versions', 'UPDATE packages SET is_latest = TRUE WHERE listed'],
    ['no latest version', 'UPDATE packages SET is_latest = FALSE'],
    ['a latest version that is not listed', 'UPDATE packages SET listed = FALSE'],
    [
      'an older one as the latest',
      'UPDATE packages SET is_latest = (version_sort = 2) WHERE listed',
    ],
    [
      'a newer one that is listed',
      'UPDATE packages SET listed = TRUE WHERE version_sort = 4 AND registration_id = (SELECT registration_id FROM (SELECT registration_id FROM packages WHERE is_latest) x)',
    ],
  ])('names a registration with %s', async (_, spoil) => {
    await database.sql(spoil);

    expect(await violations()).toEqual([
      { what: 'registrations whose latest version is wrong', count: 1 },
    ]);
  });

  it('names registrations that were broken while the writers wrote', async () => {
    keeper.count(brokenMoments, 2);

    expect(await violations()).toEqual([{ what: brokenMoments, count: 2 }]);
  });

  it.each([1, -1])('names row versions that nobody or somebody was told of', async (difference) => {
    await database.sql(
      `UPDATE package_registrations SET row_version = row_version + ${difference} WHERE name = 'lodash'`,
    );

    expect(await violations()).toEqual([{ what: 'row versions too many or too few', count: 1 }]);
  });
});
