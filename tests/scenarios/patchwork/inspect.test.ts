import { parseMail } from '../../../examples/patchwork/parse-mail';
import { TallyKeeper } from '../harness/tally-keeper';
import { InboxMail } from './inbox';
import { compareLetters, mailOf, onEachArchive } from './interleavings/archive';
import { patchwork } from './scenario';
import { mailsTold, personMoves, seriesMoves } from './work';

/** One thread of two patches, one of a single patch; both with a cover letter. */
const mails = [
  mailOf('one', 1),
  mailOf('one', 0),
  mailOf('one', 2),
  { ...mailOf('two', 0), total: 1 },
  { ...mailOf('two', 1), total: 1, senderName: 'Ann of two' },
];

onEachArchive('what is said of the archive afterwards', (database) => {
  let keeper: TallyKeeper;
  beforeAll(() => compareLetters(database));

  /** All mails were parsed, and all of it is told. */
  beforeEach(async () => {
    const { source } = database;
    await source.manager.clear(InboxMail);
    await source.manager.insert(InboxMail, mails);
    keeper = new TallyKeeper();
    for (const mail of mails) {
      const { moved } = await parseMail(source, mail);
      keeper.count(mailsTold);
      keeper.count(seriesMoves, Number(moved.series));
      keeper.count(personMoves, Number(moved.person));
    }
  });

  const violations = async () => {
    const found = await patchwork.inspect(database.source, [keeper.tally()]);
    return found.filter(({ count }) => count > 0);
  };

  it('is that nothing is wrong, if nothing is', async () => {
    expect(await violations()).toEqual([]);
  });

  const otherSeries = "(SELECT series_id FROM series_references WHERE msgid = 'two-0')";

  it.each([
    ['mails lost', "DELETE FROM patches WHERE msgid = 'one-2'"],
    ['threads that are not whole', "DELETE FROM patches WHERE msgid = 'one-2'"],
    ['patches that are no mail', "DELETE FROM inbox WHERE msgid = 'one-2'"],
    ['patches without a series', "UPDATE patches SET series_id = NULL WHERE msgid = 'one-2'"],
    ['series without a mail', 'INSERT INTO series (project_id, total) VALUES (1, 2)'],
    [
      'threads in several series',
      `UPDATE patches SET series_id = ${otherSeries} WHERE msgid = 'one-2'`,
    ],
    [
      'patches in another series than their thread',
      `UPDATE patches SET series_id = ${otherSeries} WHERE msgid = 'one-2'`,
    ],
    [
      'patches in another series than their thread',
      "UPDATE series_references SET msgid = 'one-x' WHERE msgid = 'two-0'",
    ],
    ['threads broken', "UPDATE series SET cover_id = NULL WHERE name = 'one 0/2'"],
    [
      'cover letters lost by their series',
      "UPDATE series SET cover_id = NULL WHERE name = 'one 0/2'",
    ],
    [
      'series that are not named after their first mail',
      "UPDATE series SET name = 'one 1/2' WHERE name = 'one 0/2'",
    ],
    ['series with another total than their mails', 'UPDATE series SET total = 3 WHERE total = 2'],
    ['addresses of several people', "INSERT INTO people (email_key) VALUES ('ANN@example.org')"],
    [
      'patches of somebody else than their sender',
      "UPDATE patches SET submitter_id = 0 WHERE msgid = 'one-2'",
    ],
    [
      'row versions of series told and not there, or there and not told',
      "UPDATE series SET row_version = row_version + 1 WHERE name = 'one 0/2'",
    ],
    [
      'row versions of people told and not there, or there and not told',
      'UPDATE people SET row_version = row_version - 1',
    ],
  ])('names %s', async (what, spoil) => {
    await database.sql(spoil);

    const named = await violations();
    expect(named.map((violation) => violation.what)).toContain(what);
  });

  it('names mails of which somebody was told and which are not there', async () => {
    keeper.count(mailsTold);

    expect(await violations()).toEqual([
      { what: 'mails told and not there, or there and not told', count: 1 },
    ]);
  });
});
