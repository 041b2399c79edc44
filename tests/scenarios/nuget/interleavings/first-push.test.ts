import { findBrokenRegistrations } from '../../../../examples/nuget/broken-registrations';
import { editInUnit } from '../../../../examples/nuget/edit-in-unit';
import { pushed } from '../../../../examples/nuget/edits';
import { editNaively } from '../../../../examples/nuget/naive-edits';
import type { TestDatabase } from '../../../setup/on-each-database';
import { onEachIsolation, type TestedIsolation } from '../../../setup/on-each-isolation';
import { readsLock } from '../../../support/rivals';
import { done, interleave } from './interleaving';
import { onEachRegistry, stored } from './registry';

const pushes = { first: pushed(2), second: pushed(1) };

onEachRegistry('two first pushes of a new name', (database) => {
  onEachIsolation((isolation) => {
    const refusal = refusalOf(database, isolation);

    it(`end naively with one that is refused with ${refusal}, and its version is missing`, async () => {
      const outcomes = await interleave(database, pushes, editNaively, isolation);

      expect(Object.values(outcomes)).toContainEqual({ error: refusal });
      expect(Object.values(outcomes)).toContainEqual(done);
      expect((await stored(database)).versions).toHaveLength(1);
    });

    it('are both stored in units of work', async () => {
      const outcomes = await interleave(database, pushes, editInUnit, isolation);

      expect(outcomes).toMatchObject({ first: { hasChanged: true }, second: { hasChanged: true } });
      expect(await stored(database)).toEqual({
        versions: ['1 listed', '2 listed latest'],
        rowVersion: 2,
      });
      expect(await findBrokenRegistrations(database.source)).toEqual([]);
    });
  });
});

/** The name is unique, so no level lets both in; but one of them is told that it has done wrong. */
function refusalOf(database: TestDatabase, isolation: TestedIsolation): string {
  if (database.engine === 'postgres') return isolation === 'SERIALIZABLE' ? '40001' : '23505';
  return readsLock(database, isolation) ? '1213' : '1062';
}
