import { Person } from '../../../../examples/patchwork/entities';
import type { Mail } from '../../../../examples/patchwork/mail';
import {
  parseInsertingFirst,
  parseInTransaction,
} from '../../../../examples/patchwork/naive-parsers';
import { parseMail } from '../../../../examples/patchwork/parse-mail';
import { configureUnitOfWork, defaultRetryPolicy } from '../../../../lib/index';
import type { TestDatabase } from '../../../setup/on-each-database';
import { onEachIsolation, type TestedIsolation } from '../../../setup/on-each-isolation';
import { Failures } from '../../../support/failures';
import { readsLock } from '../../../support/rivals';
import { Rival } from '../../porch/interleavings/rival';
import { mailOf, onEachArchive, stored } from './archive';
import { isStored, meetAt, toldOf, type Told } from './interleave';

const winner = mailOf('one', 1);
const losers: readonly Mail[] = ['two', 'three'].map((thread) => ({
  ...mailOf(thread, 1),
  senderName: `Ann of ${thread}`,
}));

onEachArchive('two losers of one author, who both write that author', (database) => {
  onEachIsolation((isolation) => {
    /** The winner has ended before. */
    const loseNaively = async () => {
      await parseInTransaction(database.source, winner);
      const meet = meetAt('rename person', losers.length);
      const parse = (mail: Mail) =>
        toldOf(parseInsertingFirst(database.source, mail, { isolation, think: meet() }));
      return Promise.all(losers.map(parse));
    };

    if (database.engine === 'postgres') {
      // There nobody holds a lock by a duplicate, and nobody can go on after one.
      it('are both lost naively, because no statement follows an error', async () => {
        expect(await loseNaively()).toEqual([{ error: '25P02' }, { error: '25P02' }]);
        expect((await stored(database)).series).toHaveLength(1);
      });
    } else {
      it('deadlock naively, and one mail is lost', async () => {
        const told = await loseNaively();

        expect(told).toContainEqual({ error: '1213' });
        expect(told).toContainEqual(isStored);
        expect((await stored(database)).series).toHaveLength(2);
      });
    }

    it('are both stored in units of work', async () => {
      const failures = new Failures();
      configureUnitOfWork(database.source, { retry: failures.count(defaultRetryPolicy) });

      const told = await loseInUnits(database, isolation);

      expect(told).toEqual([isStored, isStored, isStored]);
      if (!readsLock(database, isolation)) expect(failures.of('deadlock')).toBe(0);
      const [person, ...more] = await database.source.manager.find(Person);
      expect(more).toEqual([]);
      // All three write a name of their own, one of them with the row.
      expect(person?.rowVersion).toBe(losers.length + 1);
      expect((await stored(database)).series).toHaveLength(3);
    });
  });
});

/** Both have found nobody when the winner ends; where readers lock, it waits for them instead. */
async function loseInUnits(database: TestDatabase, isolation: TestedIsolation): Promise<Told[]> {
  const { source } = database;
  const meet = meetAt('insert person', losers.length);
  const rival = new Rival(database, () => parseMail(source, winner, { isolation }));
  let acting: Promise<void> | undefined;
  const parse = (mail: Mail) => {
    const pass = meet();
    return parseMail(source, mail, {
      isolation,
      think: async (step) => {
        await pass(step);
        if (step === 'insert person') await (acting ??= rival.act());
      },
    });
  };
  const told = await Promise.all(losers.map((mail) => toldOf(parse(mail))));
  return [...told, await rival.outcome()];
}
