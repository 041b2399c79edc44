import {
  parseByStatements,
  parseInTransaction,
} from '../../../../examples/patchwork/naive-parsers';
import { parseMail } from '../../../../examples/patchwork/parse-mail';
import { onEachIsolation } from '../../../setup/on-each-isolation';
import { readsLock } from '../../../support/rivals';
import { mailOf, onEachArchive, stored } from './archive';
import { interleave, isKnown, isStored } from './interleave';

onEachArchive('two first mails of one author', (database) => {
  const mails = {
    slow: mailOf('one', 1),
    fast: mailOf('two', 1),
    before: 'insert person',
  } as const;
  const duplicate = database.engine === 'postgres' ? '23505' : '1062';

  it('end with one that is lost if every statement commits by itself', async () => {
    const told = await interleave(database, mails, parseByStatements, undefined);

    expect(told).toEqual({ slow: { error: duplicate }, fast: isStored });
    expect((await stored(database)).series).toMatchObject([{ mails: ['two-1'] }]);
  });

  onEachIsolation((isolation) => {
    const refusal = () => {
      if (readsLock(database, isolation)) return '1213';
      const isSerializable = database.engine === 'postgres' && isolation === 'SERIALIZABLE';
      return isSerializable ? '40001' : duplicate;
    };

    it(`end with one that is lost to ${refusal()} if each is a transaction`, async () => {
      const told = await interleave(database, mails, parseInTransaction, isolation);

      expect(Object.values(told)).toContainEqual({ error: refusal() });
      expect(Object.values(told)).toContainEqual(isStored);
      const { people, series, withoutSeries } = await stored(database);
      expect([people.length, series.length, withoutSeries]).toEqual([1, 1, []]);
    });

    it('are both stored in units of work', async () => {
      const told = await interleave(database, mails, parseMail, isolation);

      expect(told).toEqual({ slow: isStored, fast: isStored });
      const { people, series } = await stored(database);
      expect(people).toEqual(['Ann <ann@example.org>']);
      expect(series.flatMap((one) => one.mails).toSorted()).toEqual(['one-1', 'two-1']);
    });
  });
});

onEachArchive('one mail that comes twice at once', (database) => {
  const mail = mailOf('one', 0);
  const mails = { slow: mail, fast: mail, before: 'insert patch' } as const;

  onEachIsolation((isolation) => {
    it('is stored once in units of work, and told once', async () => {
      const told = await interleave(database, mails, parseMail, isolation);

      expect(Object.values(told)).toContainEqual(isStored);
      expect(Object.values(told)).toContainEqual(isKnown);
      expect(await stored(database)).toMatchObject({
        people: ['Ann <ann@example.org>'],
        series: [{ name: 'one 0/2', cover: 'one-0', mails: ['one-0'] }],
      });
    });
  });
});

onEachArchive('two first mails of one thread', (database) => {
  const [slow, fast] = [mailOf('one', 1), mailOf('one', 0)];
  const mails = { slow, fast, before: 'insert series' } as const;

  it('leave a patch without a series and a series without a patch if statements commit', async () => {
    await database.sql("INSERT INTO people (email_key, name) VALUES ('Ann@example.org', 'Ann')");

    const told = await interleave(database, mails, parseByStatements, undefined);

    const duplicate = database.engine === 'postgres' ? '23505' : '1062';
    expect(told).toEqual({ slow: { error: duplicate }, fast: isStored });
    const { series, withoutSeries } = await stored(database);
    expect(withoutSeries).toEqual(['one-1']);
    expect(series.map((one) => one.mails)).toEqual([['one-0'], []]);
  });
});
