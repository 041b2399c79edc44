import { newAccount, type Account } from '../account';
import type { Connection, Driver, Form, Statement } from '../hand-written/driver';
import { openDriver } from '../hand-written/open-driver';
import { keysOf, timeUnits, type Job, type KeyRange, type Peer, type Target } from './peer';

const text = (sql: string): Statement => ({ sql, parameters: [] });
const begin = text('BEGIN');
const commit = text('COMMIT');
const rollback = text('ROLLBACK');

/** What an expert writes with the bare driver: BEGIN, SELECT, one guarded statement, COMMIT. */
export function openHandWritten(target: Target): Peer {
  return open('hand-written', target, async (connection, work) => {
    await connection.query(begin);
    try {
      await work();
      await connection.query(commit);
    } catch (error) {
      await connection.query(rollback);
      throw error;
    }
  });
}

/**
 * The same with the fewest round trips: each statement commits by itself.
 *
 * Only for work that one statement can do or leave: one row, or rows that are all new.
 */
export function openHandWrittenShort(target: Target): Peer {
  return open('hand-written-short', target, (_connection, work) => work());
}

type Frame = (connection: Connection, work: () => Promise<void>) => Promise<void>;

function open(name: Peer['name'], target: Target, frame: Frame): Peer {
  const driver = openDriver(target);
  const runUnit = async (job: Job, form: Form, keys: KeyRange) => {
    const connection = await driver.connect();
    try {
      await frame(connection, () => work(driver, connection, job, form, keys));
    } finally {
      connection.release();
    }
  };
  return {
    name,
    run: (job) => {
      const form = formOf(driver, job);
      return timeUnits(job, (keys) => runUnit(job, form, keys));
    },
    close: () => driver.close(),
  };
}

async function work(
  driver: Driver,
  connection: Connection,
  { operation, load }: Job,
  form: Form,
  keys: KeyRange,
): Promise<void> {
  let rows: Account[];
  if (operation === 'insert') {
    rows = keysOf(keys).map(newAccount);
  } else {
    rows = (await connection.query(driver.select(keys, load))).rows;
    if (operation === 'update') for (const row of rows) row.balance += 1;
  }
  const { count } = await connection.query(form.write(rows));
  if (count !== keys.count) throw new Error(`wrote ${count} of ${keys.count} rows`);
}

function formOf(driver: Driver, { operation, form: name }: Job): Form {
  const form = driver.forms.find((one) => one.operation === operation && one.name === name);
  if (!form) throw new Error(`there is no form ${name} for ${operation}`);
  return form;
}
