import {
  parseIgnoringDuplicates,
  parseInTransaction,
} from '../../../../examples/patchwork/naive-parsers';
import { parseMail } from '../../../../examples/patchwork/parse-mail';
import { onEachIsolation } from '../../../setup/on-each-isolation';
import { readsLock } from '../../../support/rivals';
import { compareLetters, mailOf, onEachArchive, stored } from './archive';
import { interleave, isStored } from './interleave';

const mails = {
  slow: mailOf('one', 1, 'Ann'),
  fast: { ...mailOf('two', 1, 'ANN'), senderName: 'Ann' },
  before: 'insert person',
} as const;

onEachArchive('an address in two spellings, where a constraint compares letters', (database) => {
  beforeAll(() => compareLetters(database));

  onEachIsolation((isolation) => {
    const refusal = () => {
      if (readsLock(database, isolation)) return '1213';
      return isolation === 'SERIALIZABLE' ? '40001' : undefined;
    };

    if (refusal() === undefined) {
      it.each([
        ['INSERT', parseInTransaction],
        ['get-or-create', parseIgnoringDuplicates],
      ])('becomes two people by a lookup that folds, and %s', async (_, parse) => {
        const told = await interleave(database, mails, parse, isolation);

        expect(told).toEqual({ slow: isStored, fast: isStored });
        const { people } = await stored(database);
        expect(people.toSorted()).toEqual(['Ann <ANN@example.org>', 'Ann <Ann@example.org>']);
      });
    } else {
      it(`stays one person naively, but one mail is lost to ${refusal()}`, async () => {
        const told = await interleave(database, mails, parseInTransaction, isolation);

        expect(Object.values(told)).toContainEqual({ error: refusal() });
        expect((await stored(database)).people).toHaveLength(1);
      });
    }

    it('becomes one person in units of work, whose key is what is looked up', async () => {
      const told = await interleave(database, mails, parseMail, isolation);

      expect(told).toEqual({ slow: isStored, fast: isStored });
      const { people, series } = await stored(database);
      expect(people).toEqual(['Ann <ann@example.org>']);
      expect(series).toHaveLength(2);
    });
  });
});

onEachArchive(
  'an address in two spellings, where a constraint folds them',
  (database) => {
    // Their usual collations compare without case, so that there they are refused and never doubled.
    it('stays one person naively, but one mail is lost', async () => {
      const told = await interleave(database, mails, parseInTransaction, 'READ COMMITTED');

      expect(told).toEqual({ slow: { error: '1062' }, fast: isStored });
      expect((await stored(database)).people).toEqual(['Ann <ANN@example.org>']);
    });
  },
  ({ engine }) => engine !== 'postgres',
);
