import { unitOfWork, type UnitOfWork } from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { onEachIsolation, type TestedIsolation } from '../setup/on-each-isolation';
import { changeAsRival, insertAccounts, storedAccount, storedAccounts } from '../support/accounts';
import type { RaceJob } from '../support/race/race-job';
import { Racers } from '../support/race/racers';
import { isMainTypeorm, isRacePlace } from '../support/how-many-rounds';
import { summarize } from '../support/race/summarize';
import { letRivalAct } from '../support/rivals';

const seed = Number(process.env['RACE_SEED'] ?? Date.now() % 1_000_000);

// A case takes seconds; a busy machine may take ten times as long.
const timeoutMs = 120_000;

/**
 * Where whoever holds the locks cannot lose; the default is READ COMMITTED. Serializable reads of MariaDB
 * and MySQL lock too: who locks first and who has read first meet in a deadlock, and the database chooses
 * its victim. PostgreSQL may refuse a serializable transaction for what others have read.
 */
const isBounded = (isolation: TestedIsolation) =>
  isolation === undefined || isolation === 'REPEATABLE READ';

let racers: Racers;
beforeAll(() => {
  racers = new Racers(4);
});
afterAll(() => racers.stop());

onEachDatabase(
  'contention',
  [Account],
  (database) => {
    const increment = (id: number) => async (uow: UnitOfWork) => {
      const account = await uow.findOneByOrFail(Account, { id });
      account.balance += 1;
      return uow.attempt;
    };

    /** Lets 16 writers in each of 4 processes change these rows. */
    const race = async (ids: readonly number[], job: Partial<RaceJob>) => {
      const { type, url } = database.options as RaceJob['options'];
      const usual = { writers: 16, units: isMainTypeorm ? 5 : 2, isolation: undefined, seed };
      const startedAt = performance.now();
      const all = await racers.run({ options: { type, url }, ids, ...usual, ...job });
      const result = summarize(all);
      const ms = Math.round(performance.now() - startedAt);
      const line = JSON.stringify({ ...job, ...result, ms });
      process.stdout.write(`contention on ${database.name}, seed ${seed}: ${line}\n`);
      return result;
    };

    onEachIsolation((isolation) => {
      if (!isBounded(isolation)) return;

      it(
        'commits each of 64 writers of one process in 4 attempts at most',
        async () => {
          const [id] = await insertAccounts(database, [0]);
          const source = await database.openSource({ poolSize: 10 });
          // The default gives up after 5 s, which 64 writers may take on a busy machine.
          const retry = { maxElapsedMs: timeoutMs };

          const attempts = await Promise.all(
            Array.from({ length: 64 }, () =>
              unitOfWork(source, increment(id), { isolation, retry }),
            ),
          );

          expect(Math.max(...attempts)).toBeLessThanOrEqual(4);
          expect(await storedAccount(database, id)).toMatchObject({ balance: 64, version: 65 });
        },
        timeoutMs,
      );

      it(
        'commits every unit of 16 writers in each of 4 processes in 4 attempts at most',
        async () => {
          const [id] = await insertAccounts(database, [0]);

          const { refused, commits, mostAttempts } = await race([id], {
            policy: 'default',
            isolation,
          });

          expect(refused).toEqual([]);
          expect(mostAttempts).toBeLessThanOrEqual(4);
          expect(await storedAccount(database, id)).toMatchObject({ balance: commits });
        },
        timeoutMs,
      );

      it('locks what the lost attempt was going to write before it reads', async () => {
        const [id] = await insertAccounts(database, [0]);
        let rival: unknown;

        const attempt = await unitOfWork(
          database.source,
          async (uow) => {
            const setTo100 = () => changeAsRival(database, id, 100);
            if (uow.attempt === 2) rival = (await letRivalAct(database, setTo100)).outcome;
            const account = await uow.findOneByOrFail(Account, { id });
            if (uow.attempt === 1) await changeAsRival(database, id, 10);
            account.balance += 1;
            return uow.attempt;
          },
          { isolation },
        );

        await expect(rival).resolves.toMatchObject({ status: 'fulfilled' });
        expect(attempt).toBe(2);
        expect(await storedAccount(database, id)).toMatchObject({ balance: 100, version: 4 });
      });
    });

    it('lets the replays of one process line up, so that 32 writers need few attempts also without locks', async () => {
      const [id] = await insertAccounts(database, [0]);
      const source = await database.openSource({ poolSize: 10 });
      const retry = { lockFromAttempt: Infinity };

      const attempts = Promise.all(
        Array.from({ length: 32 }, () => unitOfWork(source, increment(id), { retry })),
      );

      await expect(attempts).resolves.toHaveLength(32);
      expect(Math.max(...(await attempts))).toBeLessThanOrEqual(4);
      expect(await storedAccount(database, id)).toMatchObject({ balance: 32, version: 33 });
    });

    it(
      'needs more than 4 attempts where escalation is switched off',
      async () => {
        const [id] = await insertAccounts(database, [0]);

        const { mostAttempts } = await race([id], { units: 10, policy: 'default without locks' });

        expect(mostAttempts).toBeGreaterThan(4);
      },
      timeoutMs,
    );

    it(
      'lets equal writers finish about equally many units',
      async () => {
        const [id] = await insertAccounts(database, [0]);

        const endless = { writers: 4, units: 1e9, endMs: isMainTypeorm ? 4_000 : 1_500 };
        const { refused, spread } = await race([id], { policy: 'default', ...endless });

        expect(refused).toEqual([]);
        expect(spread).toBeLessThan(4);
      },
      timeoutMs,
    );

    it(
      'shows no deadlock to writers that change 5 of 20 rows, by chance and in any order',
      async () => {
        const ids = await insertAccounts(database, Array<number>(20).fill(0));

        const { refused, failures, commits } = await race(ids, { policy: 'default', pick: 5 });

        const rows = (await storedAccounts(database)).filter((row) => ids.includes(row.id));
        expect(refused).toEqual([]);
        expect(failures).not.toHaveProperty('deadlock');
        expect(rows.reduce((sum, { balance }) => sum + balance, 0)).toBe(5 * commits);
      },
      timeoutMs,
    );
  },
  isRacePlace,
);
