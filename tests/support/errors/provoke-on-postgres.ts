import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

import { Account } from '../../fixtures/account';
import { withOneConnectionUser } from '../limited-user';
import { killSession, sessionId } from '../sessions';
import { contention, infrastructure, mistake, noRoom, refused, unheard } from './answers';
import { meetAtConnect, meetIdle, type Answer, type Provoke } from './meet';
import type { Place } from './place';
import { inUnit, says, type Provocation } from './provocation';

const update = (id: number) => `UPDATE account SET owner = 'raced' WHERE id = ${id}`;
const aborted = mistake('aborted');

const deadlock: Provoke = async (uow, { id, other, openRival }) => {
  const rival = await openRival();
  // So that the unit is the first to look for a circle.
  await rival.query(`SET LOCAL deadlock_timeout = '20s'`);
  await rival.query(update(other));
  const waiting = rival.query(update(id)).catch(() => undefined);
  await wait(30);
  try {
    await uow.manager.query(update(other));
  } finally {
    await waiting;
    await rival.queryRunner?.rollbackTransaction();
  }
};

const lockedRow: Provoke = async (uow, { other, openRival }) => {
  await (await openRival()).query(update(other));
  await uow.findOneOrFail(Account, {
    where: { id: other },
    lock: { mode: 'pessimistic_write', onLocked: 'nowait' },
  });
};

const changedByRival: Provoke = async (uow, { place, other }) => {
  if (uow.attempt === 1) await place.sql(update(other));
  await uow.manager.query(update(other));
};

/** Behind the unit's back: the failed statement is not the one that the unit hears of. */
const afterHiddenError: Provoke = async (uow) => {
  const raw = (await uow.manager.queryRunner!.connect()) as {
    query(sql: string): Promise<unknown>;
  };
  await raw.query('SELECT 1 / 0').catch(() => undefined);
  await uow.manager.query('SELECT 1');
};

const killed: Provoke = async (uow, { place }) => {
  const id = await sessionId(place, uow.manager);
  const sleeping = uow.manager.query('SELECT pg_sleep(5)');
  await Promise.all([sleeping, wait(20).then(() => killSession(place, id))]);
};

const idleInTransaction: Provoke = async (uow) => {
  await uow.manager.query('SET LOCAL idle_in_transaction_session_timeout = 20');
  const raw = (await uow.manager.queryRunner!.connect()) as NodeJS.EventEmitter;
  await once(raw, 'error');
  await uow.manager.query('SELECT 1');
};

const manyParameters: Provoke = (uow) => {
  const values = Array.from({ length: 70_000 }, (_, i) => i);
  const list = values.map((i) => `$${i + 1}::int`).join(',');
  return uow.manager.query(`SELECT 1 WHERE 1 IN (${list})`, values);
};

/** A server that shuts down waits for those who are there, and lets nobody in. Comes last. */
const shuttingDown = (place: Place) =>
  meetAtConnect(place, async () => {
    const [row] = await place.sql(
      `SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1) AS pid`,
    );
    process.kill(Number(row?.['pid']), 'SIGTERM');
    await wait(100);
    return async () => undefined;
  });

const tooManyOfUser = async (place: Place): Promise<Answer> => {
  let answer: Answer | undefined;
  await withOneConnectionUser(place, async (url) => {
    answer = await meetAtConnect(place, async () => async () => undefined, { url });
  });
  return answer!;
};

export const onPostgres: Readonly<Record<string, Provocation>> = {
  '40001': inUnit(contention('serialization', 'aborted'), changedByRival, {
    isolation: 'REPEATABLE READ',
  }),
  '40P01': inUnit(contention('deadlock', 'aborted'), deadlock),
  '55P03': inUnit(contention('lock-timeout', 'aborted'), lockedRow),
  '23505': inUnit(
    aborted,
    says(({ id }) => `INSERT INTO account (id) OVERRIDING SYSTEM VALUE VALUES (${id})`),
  ),
  '23P01': inUnit(
    aborted,
    says(
      () => 'CREATE TEMP TABLE one (c int, EXCLUDE USING btree (c WITH =))',
      () => 'INSERT INTO one VALUES (1), (1)',
    ),
  ),
  '25P03': inUnit(infrastructure, idleInTransaction),
  '57P01': inUnit(infrastructure, killed),
  '57P05': {
    expected: unheard,
    meet: (place) => meetIdle(place, 'SET SESSION idle_session_timeout = 20'),
  },
  '53300': { expected: noRoom, meet: tooManyOfUser },
  '53200': inUnit(
    infrastructure,
    says(() => 'SELECT pg_advisory_xact_lock(g) FROM generate_series(1, 1000000) g'),
  ),
  '53400': inUnit(
    infrastructure,
    says(
      () => `SET LOCAL temp_file_limit = '64kB'`,
      () => `SET LOCAL work_mem = '64kB'`,
      () => 'SELECT count(*) FROM (SELECT g FROM generate_series(1, 100000) g ORDER BY g DESC) x',
    ),
  ),
  '25006': inUnit(
    refused,
    says(
      () => 'SET TRANSACTION READ ONLY',
      ({ other }) => update(other),
    ),
  ),
  '57014': inUnit(
    aborted,
    says(
      () => 'SET LOCAL statement_timeout = 20',
      () => 'SELECT pg_sleep(5)',
    ),
  ),
  '25P02': inUnit(aborted, afterHiddenError),
  '23503': inUnit(
    aborted,
    says(
      () => 'CREATE TEMP TABLE parent (id int PRIMARY KEY)',
      () => 'CREATE TEMP TABLE child (parent int REFERENCES parent)',
      () => 'INSERT INTO child VALUES (1)',
    ),
  ),
  '08P01': inUnit(aborted, manyParameters),
  '0A000': inUnit(
    aborted,
    says(
      () => 'CREATE TEMP TABLE planned (a int)',
      () => 'PREPARE plan AS SELECT * FROM planned',
      () => 'EXECUTE plan',
      () => 'ALTER TABLE planned ADD b int',
      () => 'EXECUTE plan',
    ),
  ),
  '26000': inUnit(
    aborted,
    says(() => 'EXECUTE nobody_has_prepared'),
  ),
  '57P03': { expected: noRoom, meet: shuttingDown },
};
