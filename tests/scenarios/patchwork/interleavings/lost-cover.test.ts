import { findBrokenThreads } from '../../../../examples/patchwork/broken-threads';
import { Series } from '../../../../examples/patchwork/entities';
import { parseInTransaction } from '../../../../examples/patchwork/naive-parsers';
import { parseMail } from '../../../../examples/patchwork/parse-mail';
import type { TestDatabase } from '../../../setup/on-each-database';
import { onEachIsolation, type TestedIsolation } from '../../../setup/on-each-isolation';
import { hasOldSnapshot, readsLock, refusesNewerRows } from '../../../support/rivals';
import { mailOf, onEachArchive, stored } from './archive';
import { interleave, isStored } from './interleave';

onEachArchive('a cover letter and the first patch, which both change the series', (database) => {
  const mails = {
    slow: mailOf('one', 1),
    fast: mailOf('one', 0),
    before: 'change series',
  } as const;

  onEachIsolation((isolation) => {
    const refusal = refusalOf(database, isolation);
    if (readsLock(database, isolation)) {
      it('keep the cover letter, because there readers wait for writers', async () => {
        await parseInTransaction(database.source, mailOf('one', 2));

        const told = await interleave(database, mails, parseInTransaction, isolation);

        expect(Object.values(told)).toContainEqual(isStored);
        expect(await findBrokenThreads(database.source)).toEqual([]);
      });
    } else if (refusal === undefined) {
      it('lose the cover letter to a row that is written whole', async () => {
        await parseInTransaction(database.source, mailOf('one', 2));

        const told = await interleave(database, mails, parseInTransaction, isolation);

        expect(told).toEqual({ slow: isStored, fast: isStored });
        expect((await stored(database)).series).toMatchObject([{ name: 'one 1/2', cover: null }]);
        expect(await findBrokenThreads(database.source)).toEqual(['one-0']);
      });
    } else {
      it(`end naively with one that is lost to ${refusal}`, async () => {
        await parseInTransaction(database.source, mailOf('one', 2));

        const told = await interleave(database, mails, parseInTransaction, isolation);

        expect(Object.values(told)).toContainEqual({ error: refusal });
        const [series] = (await stored(database)).series;
        expect(series?.mails).toHaveLength(2);
      });
    }

    it('keep the cover letter in units of work', async () => {
      await parseMail(database.source, mailOf('one', 2));

      const told = await interleave(database, mails, parseMail, isolation);

      expect(told).toEqual({ slow: isStored, fast: isStored });
      const isPatchFirst = readsLock(database, isolation);
      if (!isPatchFirst)
        expect(told).toMatchObject({ slow: { attempts: 2 }, fast: { attempts: 1 } });
      const { series } = await stored(database);
      const all = ['one-0', 'one-1', 'one-2'];
      expect(series).toEqual([{ name: 'one 0/2', cover: 'one-0', mails: all }]);
      // The cover letter moves the version, and the patch as well if it came first.
      const rowVersion = isPatchFirst ? 3 : 2;
      expect(await database.source.manager.find(Series)).toMatchObject([{ rowVersion }]);
    });
  });
});

function refusalOf(database: TestDatabase, isolation: TestedIsolation): string | undefined {
  if (!hasOldSnapshot(isolation)) return undefined;
  if (database.engine === 'postgres') return '40001';
  return refusesNewerRows(database, isolation) ? '1020' : undefined;
}
