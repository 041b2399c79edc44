import { configureUnitOfWork, defaultRetryPolicy } from '../../../../lib/index';
import { Person } from '../../../../examples/patchwork/entities';
import {
  parseCatchingDuplicates,
  parseIgnoringDuplicates,
} from '../../../../examples/patchwork/naive-parsers';
import { parseMail } from '../../../../examples/patchwork/parse-mail';
import { onEachIsolation } from '../../../setup/on-each-isolation';
import { Failures } from '../../../support/failures';
import { hasOldSnapshot, outcomeOf, readsLock, refusesNewerRows } from '../../../support/rivals';
import { mailOf, onEachArchive, stored } from './archive';
import { interleave, isStored } from './interleave';

onEachArchive('an author whom somebody else has stored first', (database) => {
  const mails = {
    slow: mailOf('one', 1),
    fast: mailOf('two', 1),
    before: 'insert person',
  } as const;

  onEachIsolation((isolation) => {
    const isPostgres = database.engine === 'postgres';

    const refusalOfCatching = () => {
      if (readsLock(database, isolation)) return '1213';
      if (isPostgres) return isolation === 'SERIALIZABLE' ? '40001' : '25P02';
      return hasOldSnapshot(isolation) ? 'EntityNotFoundError' : undefined;
    };

    const refusalOfIgnoring = () => {
      if (readsLock(database, isolation)) return '1213';
      if (!hasOldSnapshot(isolation)) return undefined;
      return isPostgres ? '40001' : 'EntityNotFoundError';
    };

    for (const [how, parse, refusal] of [
      ['after the error', parseCatchingDuplicates, refusalOfCatching()],
      ['after a duplicate was ignored', parseIgnoringDuplicates, refusalOfIgnoring()],
    ] as const) {
      if (refusal === undefined) {
        it(`is found ${how}`, async () => {
          const told = await interleave(database, mails, parse, isolation);

          expect(told).toEqual({ slow: isStored, fast: isStored });
        });
      } else {
        it(`is not found ${how}, but ${refusal}, and the mail is lost`, async () => {
          const told = await interleave(database, mails, parse, isolation);

          expect(Object.values(told)).toContainEqual({ error: refusal });
          expect(Object.values(told)).toContainEqual(isStored);
          expect((await stored(database)).series).toHaveLength(1);
        });
      }
    }

    it('is found by the unit of work, if need be after a replay', async () => {
      const failures = new Failures();
      const retry = failures.count(defaultRetryPolicy);
      configureUnitOfWork(database.source, { retry });

      const told = await interleave(database, mails, parseMail, isolation);

      expect(told).toEqual({ slow: isStored, fast: isStored });
      expect(failures.toString()).toMatch(expectedFailures());
      const { people, series } = await stored(database);
      expect([people.length, series.length]).toEqual([1, 2]);
    });

    const expectedFailures = () => {
      // There readers lock, so one of them is the victim of a deadlock, and its next attempt may be too.
      if (readsLock(database, isolation)) return /^[1-3] deadlock\b/;
      if (!hasOldSnapshot(isolation)) return /^none$/;
      if (isPostgres) return /^1 serialization$/;
      return refusesNewerRows(database, isolation) ? /^1 snapshot$/ : /^1 unique$/;
    };
  });

  if (database.engine !== 'postgres') {
    it('is seen by a locking read alone in a snapshot that is older', async () => {
      const found = database.source.transaction('REPEATABLE READ', async (manager) => {
        await manager.find(Person);
        await database.sql("INSERT INTO people (email_key) VALUES ('ann@example.org')");
        const plain = await manager.count(Person);
        const locking = await manager.find(Person, { lock: { mode: 'pessimistic_write' } });
        return [plain, locking.length];
      });

      const isRefused = refusesNewerRows(database, 'REPEATABLE READ');
      expect(await outcomeOf(found)).toEqual(isRefused ? { error: '1020' } : [0, 1]);
    });
  }
});
