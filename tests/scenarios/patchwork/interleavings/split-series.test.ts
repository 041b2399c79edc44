import { findBrokenThreads } from '../../../../examples/patchwork/broken-threads';
import { Person } from '../../../../examples/patchwork/entities';
import { parseIgnoringDuplicates } from '../../../../examples/patchwork/naive-parsers';
import { parseMail } from '../../../../examples/patchwork/parse-mail';
import type { TestDatabase } from '../../../setup/on-each-database';
import { onEachIsolation, type TestedIsolation } from '../../../setup/on-each-isolation';
import { hasOldSnapshot, readsLock, refusesNewerRows } from '../../../support/rivals';
import { mailOf, onEachArchive, stored } from './archive';
import { interleave, isStored } from './interleave';

onEachArchive('two mails of one thread, neither of which finds a series', (database) => {
  const mails = {
    slow: mailOf('one', 1, 'Ann'),
    fast: mailOf('one', 0, 'Bob'),
    before: 'insert series',
  } as const;

  /** Both are known, so that they meet at the series and not before. */
  const storeAuthors = (fold: (address: string) => string) => {
    const people = [mails.slow, mails.fast].map(({ senderAddress, senderName: name }) => ({
      emailKey: fold(senderAddress),
      name,
    }));
    return database.source.manager.insert(Person, people);
  };

  onEachIsolation((isolation) => {
    const refusal = refusalOf(database, isolation);
    if (readsLock(database, isolation)) {
      it('are in one series, because there readers wait for writers', async () => {
        await storeAuthors((address) => address);

        const told = await interleave(database, mails, parseIgnoringDuplicates, isolation);

        expect(Object.values(told)).toContainEqual(isStored);
        expect((await stored(database)).series).toHaveLength(1);
      });
    } else if (refusal === undefined) {
      it('split the series by adopting a reference without a word', async () => {
        await storeAuthors((address) => address);

        const told = await interleave(database, mails, parseIgnoringDuplicates, isolation);

        expect(told).toEqual({ slow: isStored, fast: isStored });
        const { series } = await stored(database);
        expect(series.map((one) => one.mails)).toEqual([['one-0'], ['one-1']]);
        expect(await findBrokenThreads(database.source)).toEqual(['one-0']);
      });
    } else {
      it(`end with one that is lost to ${refusal}, because it cannot adopt`, async () => {
        await storeAuthors((address) => address);

        const told = await interleave(database, mails, parseIgnoringDuplicates, isolation);

        expect(Object.values(told)).toContainEqual({ error: refusal });
        expect((await stored(database)).series).toMatchObject([{ mails: [expect.anything()] }]);
      });
    }

    it('are in one series in units of work, and what the loser built is gone', async () => {
      await storeAuthors((address) => address.toLowerCase());

      const told = await interleave(database, mails, parseMail, isolation);

      expect(told).toEqual({ slow: isStored, fast: isStored });
      // The loser gets the series of the winner: in the same attempt, if it can be seen there.
      if (!hasOldSnapshot(isolation)) expect(told).toMatchObject({ slow: { attempts: 1 } });
      expect(await stored(database)).toMatchObject({
        series: [{ name: 'one 0/2', cover: 'one-0', mails: ['one-0', 'one-1'] }],
        withoutSeries: [],
      });
      expect(await findBrokenThreads(database.source)).toEqual([]);
    });
  });
});

/** A snapshot does not show the winner's reference; PostgreSQL says so, the others show none. */
function refusalOf(database: TestDatabase, isolation: TestedIsolation): string | undefined {
  if (!hasOldSnapshot(isolation)) return undefined;
  if (database.engine === 'postgres') return '40001';
  return refusesNewerRows(database, isolation) ? '1020' : 'EntityNotFoundError';
}
