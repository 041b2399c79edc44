import type { ParseMail } from '../../../../examples/patchwork/operation';
import { parseUpdatingFirst } from '../../../../examples/patchwork/naive-parsers';
import { parseMail } from '../../../../examples/patchwork/parse-mail';
import type { TestDatabase } from '../../../setup/on-each-database';
import { onEachIsolation, type TestedIsolation } from '../../../setup/on-each-isolation';
import { hasOldSnapshot } from '../../../support/rivals';
import { mailOf, onEachArchive, stored } from './archive';
import { isStored, meetAt, toldOf } from './interleave';

onEachArchive('two new authors, who have nothing in common', (database) => {
  onEachIsolation((isolation) => {
    const parseBoth = (parse: ParseMail) => {
      const meet = meetAt('insert person', 2);
      const mails = [mailOf('one', 1, 'Ann'), mailOf('two', 1, 'Bob')];
      return Promise.all(
        mails.map((mail) => toldOf(parse(database.source, mail, { isolation, think: meet() }))),
      );
    };

    const refusal = refusalOf(database, isolation);
    if (refusal === undefined) {
      it('are both stored by an UPDATE that finds nothing, and an INSERT', async () => {
        expect(await parseBoth(parseUpdatingFirst)).toEqual([isStored, isStored]);
      });
    } else {
      it(`meet ${refusal} by an UPDATE that finds nothing, and an INSERT`, async () => {
        const told = await parseBoth(parseUpdatingFirst);

        expect(told).toContainEqual({ error: refusal });
        expect(told).toContainEqual(isStored);
        expect((await stored(database)).people).toHaveLength(1);
      });
    }

    it('are both stored in units of work, and neither is disturbed by the other', async () => {
      const told = await parseBoth(parseMail);

      expect(told).toEqual([isStored, isStored]);
      const replays = told.map((one) => ('attempts' in one ? one.attempts - 1 : NaN));
      // SERIALIZABLE remembers, or locks, the whole of a table that is empty.
      if (isolation !== 'SERIALIZABLE') expect(replays).toEqual([0, 0]);
      const { people, series } = await stored(database);
      expect([people.length, series.length]).toEqual([2, 2]);
    });
  });
});

/** What one of two transactions is refused with that updated nothing, and nothing in common. */
function refusalOf({ engine }: TestDatabase, isolation: TestedIsolation): string | undefined {
  if (engine === 'postgres') return isolation === 'SERIALIZABLE' ? '40001' : undefined;
  // At READ COMMITTED an UPDATE locks no gap.
  return hasOldSnapshot(isolation) ? '1213' : undefined;
}
