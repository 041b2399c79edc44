// The process of MikroORM, on a Node that it accepts: it runs jobs and answers their milliseconds.
// Its packages are where the first argument says; the others are the engine and the url.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , folder, engine, clientUrl] = process.argv;
const installed = createRequire(join(folder, 'package.json'));
const load = (name) => import(pathToFileURL(installed.resolve(name)).href);

const { EntitySchema } = await load('@mikro-orm/core');
const { MikroORM } = await load(`@mikro-orm/${engine === 'postgres' ? 'postgresql' : 'mariadb'}`);

class Account {}

const schema = new EntitySchema({
  class: Account,
  tableName: 'account',
  properties: {
    id: { type: 'number', primary: true, autoincrement: false },
    owner: { type: 'string', length: 100 },
    balance: { type: 'number' },
    note: { type: 'string', length: 200 },
    visits: { type: 'number' },
    version: { type: 'number', version: true, fieldName: 'row_version' },
  },
});

// No connection opens in a sample because it rested while others were measured. pg takes 0 for ever,
// mysql2 for at once; that one keeps as many as it may by itself.
const patience = engine === 'postgres' ? { idleTimeoutMillis: 0 } : {};

const orm = await MikroORM.init({
  clientUrl,
  entities: [schema],
  pool: { min: 0, max: 2, ...patience },
});

const keysOf = ({ first, count }) => Array.from({ length: count }, (_, index) => first + index);

function find(em, { first, count }, load) {
  if (count === 1) return em.findOneOrFail(Account, { id: first }).then((account) => [account]);
  const range = { $gte: first, $lte: first + count - 1 };
  const id = load === 'keys' ? { $in: keysOf({ first, count }) } : range;
  return em.find(Account, { id });
}

/** `newRows` are plain objects, made by the process that knows what a row is. */
const runUnit = (operation, load, keys, newRows) =>
  orm.em.fork().transactional(async (em) => {
    if (operation === 'insert') {
      for (const row of newRows) em.persist(em.create(Account, row));
      return;
    }
    const accounts = await find(em, keys, load);
    for (const account of accounts) {
      if (operation === 'delete') em.remove(account);
      else account.balance += 1;
    }
  });

async function run({ operation, load, units, newRows }) {
  globalThis.gc?.();
  const start = performance.now();
  for (const [index, keys] of units.entries()) {
    await runUnit(operation, load, keys, newRows[index]);
  }
  return performance.now() - start;
}

process.on('message', (job) => {
  run(job).then(
    (ms) => process.send({ ms }),
    (error) => process.send({ error: error?.stack ?? String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send({ ready: true });
