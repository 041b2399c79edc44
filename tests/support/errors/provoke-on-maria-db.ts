import { setTimeout as wait } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';

import { databaseName } from '../../setup/databases';
import { sessionId } from '../sessions';
import { contention, infrastructure, mistake, noRoom, refused } from './answers';
import { meetAtConnect, meetInUnit, type Answer, type Provoke } from './meet';
import type { Place } from './place';
import { inUnit, says, type Provocation } from './provocation';

const alive = mistake('alive');
const update = (id: number) => `UPDATE account SET owner = 'raced' WHERE id = ${id}`;
const urlOf = ({ options }: Place) => (options as { readonly url: string }).url;

/** InnoDB ends whoever has written less. */
const deadlock: Provoke = async (uow, { id, other, openRival }) => {
  const rival = await openRival();
  await rival.query(update(other));
  await rival.query(`INSERT INTO account (owner) VALUES ${Array(50).fill("('heavy')").join(',')}`);
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
  await uow.manager.query(`SELECT id FROM account WHERE id = ${other} FOR UPDATE NOWAIT`);
};

const changedByRival: Provoke = async (uow, { place, other }) => {
  await uow.manager.query('SELECT COUNT(*) FROM account');
  await place.sql(update(other));
  await uow.manager.query(`SELECT id FROM account WHERE id = ${other} FOR UPDATE`);
};

/** Ends a statement, or the connection that it runs on. */
const whileBusy =
  (end: (id: number) => string): Provoke =>
  async (uow, { place }) => {
    const id = await sessionId(place, uow.manager);
    const busy = uow.manager.query(
      'SELECT COUNT(*) FROM seq_1_to_100000000 a, seq_1_to_100000000 b WHERE a.seq + b.seq < 0',
    );
    await Promise.all([busy, wait(50).then(() => place.sql(end(id)))]);
  };

const readOnlyTransaction: Provoke = async (uow, { other }) => {
  const raw = (await uow.manager.queryRunner!.connect()) as { query(...args: unknown[]): unknown };
  const say = (sql: string) => new Promise<void>((done) => void raw.query(sql, () => done()));
  // Behind the unit's back, as whoever sets it for the session would.
  await say('ROLLBACK');
  await say('START TRANSACTION READ ONLY');
  await uow.manager.query(update(other));
};

const manyPlaceholders: Provoke = async (uow) => {
  const marks = Array(65_600).fill('?').join(',');
  await uow.manager.query(`PREPARE many FROM 'SELECT 1 WHERE 1 IN (${marks})'`);
};

const orphaned: Provoke = async (uow, { place }) => {
  // Beside the unit: it would end its transaction.
  await place.sql('CREATE TABLE parent (id int PRIMARY KEY)');
  await place.sql('CREATE TABLE child (parent int, FOREIGN KEY (parent) REFERENCES parent (id))');
  await uow.manager.query('INSERT INTO child VALUES (1)');
};

const changeOfTransaction: Provoke = async (uow, { place }) => {
  await place.sql('CREATE PROCEDURE be_strict() SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
  await uow.manager.query('CALL be_strict()');
};

/** A user of the database without any privilege beyond it, for as long as `work` runs. */
async function withUser<T>(place: Place, limit: string, work: (url: string) => Promise<T>) {
  const url = new URL(urlOf(place));
  const account = `'plain'@'%'`;
  await place.sql(`CREATE USER ${account} ${limit}`);
  await place.sql(`GRANT ALL ON \`${databaseName(url.href)}\`.* TO ${account}`);
  try {
    return await work(Object.assign(url, { username: 'plain' }).href);
  } finally {
    await place.sql(`DROP USER ${account}`);
  }
}

const nothingToUndo = async () => async () => undefined;

const tooManyOfUser = (limit: string) => (place: Place) =>
  withUser(place, limit, (url) => meetAtConnect(place, nothingToUndo, { url }));

const tooMany = (place: Place): Promise<Answer> =>
  meetAtConnect(place, async () => {
    const open: { end(): Promise<void> }[] = [];
    // Those of the harness are there already.
    for (;;) {
      const next = await createConnection({ uri: urlOf(place) }).catch(() => undefined);
      if (!next) return async () => void (await Promise.all(open.map((one) => one.end())));
      open.push(next);
    }
  });

// On some machines it is lost five times of six.
const mostTries = 100;

/** The server hangs up on what it does not read: what it said may be lost on the way. */
const tooLong = async (place: Place): Promise<Answer> => {
  const send: Provoke = (uow) => uow.manager.query('SELECT LENGTH(?)', ['x'.repeat(1_500_000)]);
  for (let tries = 1; ; tries++) {
    const answer = await meetInUnit(place, send);
    if (answer.code !== undefined || tries === mostTries) return answer;
  }
};

const readOnlyServer = (place: Place): Promise<Answer> =>
  withUser(place, '', async (url) => {
    const becomeReplica: Provoke = async (uow, { other }) => {
      await place.sql('SET GLOBAL read_only = ON');
      await uow.manager.query(update(other));
    };
    try {
      return await meetInUnit(place, becomeReplica, {}, { url });
    } finally {
      await place.sql('SET GLOBAL read_only = OFF');
    }
  });

export const onMariaDb: Readonly<Record<string, Provocation>> = {
  '1213': inUnit(contention('deadlock', 'gone'), deadlock),
  '1205': inUnit(contention('lock-timeout', 'alive'), lockedRow),
  '1020': inUnit(contention('snapshot', 'gone'), changedByRival, { isolation: 'REPEATABLE READ' }),
  '1062': inUnit(
    alive,
    says(({ id }) => `INSERT INTO account (id) VALUES (${id})`),
  ),
  '1452': inUnit(alive, orphaned),
  '1040': { expected: noRoom, meet: tooMany },
  '1203': { expected: noRoom, meet: tooManyOfUser('') },
  '1226': { expected: noRoom, meet: tooManyOfUser('WITH MAX_USER_CONNECTIONS 1') },
  '1568': inUnit(alive, changeOfTransaction),
  '1153': { expected: refused, meet: tooLong },
  '1290': { expected: refused, meet: readOnlyServer },
  '1792': inUnit(alive, readOnlyTransaction),
  '1317': inUnit(
    alive,
    whileBusy((id) => `KILL QUERY ${id}`),
  ),
  '1969': inUnit(
    alive,
    says(() => 'SET STATEMENT max_statement_time = 0.05 FOR SELECT SLEEP(5)'),
  ),
  '1390': inUnit(alive, manyPlaceholders),
  PROTOCOL_CONNECTION_LOST: inUnit(
    infrastructure,
    whileBusy((id) => `KILL ${id}`),
  ),
};
