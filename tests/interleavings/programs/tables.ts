import type { Row } from '../../setup/databases/run-sql';
import type { TestDatabase } from '../../setup/on-each-database';
import type { Place, State, TableName } from './program';

/** Rows of one kind in a database. */
interface Table {
  insert(database: TestDatabase, place: Place, rows: State): Promise<unknown>;
  read(database: TestDatabase, place: Place): Promise<State>;
}

const names = ['x', 'y', 'z'];
const wordOfDuties = 'w';

// Keys of one run; the gap keeps it away from the next one's.
const keysOfRun = 10;

/** The place of a run of its own. */
export function placeOf(run: number): Place {
  const base = (run + 1_000) * keysOfRun;
  return {
    id: (row) => base + Math.max(0, names.indexOf(row)),
    text: (row) => `${row}-${base}`,
  };
}

const numbersOf = ({ name: _, ...values }: Row): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value)]));

const stateOf = (rows: readonly Row[]): State =>
  Object.fromEntries(rows.map((row) => [String(row['name']), numbersOf(row)]));

const cells: Table = {
  insert: async ({ sql }, { id }, rows) => {
    const values = Object.entries(rows).map(([name, { amount }]) => `(${id(name)}, ${amount})`);
    if (values.length > 0) await sql(`INSERT INTO cell (id, amount) VALUES ${values.join()}`);
  },
  read: async ({ sql }, { id }) => {
    const found = await sql(
      `SELECT id, amount, row_version AS version FROM cell
        WHERE id BETWEEN ${id('x')} AND ${id('z')} ORDER BY id`,
    );
    return stateOf(found.map(({ id: key, ...values }) => ({ name: nameOf(id, key), ...values })));
  },
};

const nameOf = (id: Place['id'], key: unknown): string =>
  names.find((name) => id(name) === Number(key)) ?? String(key);

const words: Table = {
  insert: async ({ sql }, { text }, rows) => {
    const values = Object.entries(rows).map(([name, { uses }]) => `('${text(name)}', ${uses})`);
    if (values.length > 0) await sql(`INSERT INTO word (text, uses) VALUES ${values.join()}`);
  },
  read: async ({ sql }, { text }) => {
    const texts = [...names, wordOfDuties].map((name) => `'${text(name)}'`).join();
    const found = await sql(
      `SELECT text, uses, row_version AS version FROM word WHERE text IN (${texts}) ORDER BY text`,
    );
    return stateOf(found.map(({ text: key, ...values }) => ({ name: String(key)[0]!, ...values })));
  },
};

/** Its row goes by the name of basket, its parts by their kinds. */
const basket: Table = {
  insert: async ({ sql }, { id }, { basket: root, ...fruits }) => {
    const key = id('basket');
    await sql(`INSERT INTO basket (id, room) VALUES (${key}, ${root?.['room']})`);
    const values = Object.entries(fruits).map(
      ([kind, { amount }]) => `(${key}, '${kind}', ${amount})`,
    );
    if (values.length > 0) {
      await sql(`INSERT INTO fruit (basket_id, kind, amount) VALUES ${values.join()}`);
    }
  },
  read: async ({ sql }, { id }) => {
    const key = id('basket');
    const roots = await sql(
      `SELECT 'basket' AS name, room, row_version AS version FROM basket WHERE id = ${key}`,
    );
    const fruits = await sql(
      `SELECT kind AS name, amount FROM fruit WHERE basket_id = ${key} ORDER BY kind`,
    );
    return { ...stateOf(roots), ...stateOf(fruits) };
  },
};

/** Cells, and one word. */
const duties: Table = {
  insert: async (database, place, { [wordOfDuties]: word, ...others }) => {
    await cells.insert(database, place, others);
    if (word) await words.insert(database, place, { [wordOfDuties]: word });
  },
  read: async (database, place) => ({
    ...(await cells.read(database, place)),
    ...(await words.read(database, place)),
  }),
};

export const tables: Readonly<Record<TableName, Table>> = { cells, words, basket, duties };

/**
 * Fills the tables, so that rows are looked up by their keys as they are in life: tables of a few rows
 * are scanned, and then everybody is in everybody's way.
 */
export async function fillTables(database: TestDatabase): Promise<void> {
  for (let run = -500; run < 0; run++) {
    const place = placeOf(run);
    await cells.insert(database, place, { x: { amount: 0 }, y: { amount: 0 }, z: { amount: 0 } });
    await words.insert(database, place, { x: { uses: 0 } });
    await basket.insert(database, place, { basket: { room: 0 }, apple: { amount: 0 } });
  }
  const analyze = database.engine === 'postgres' ? 'ANALYZE' : 'ANALYZE TABLE';
  for (const table of ['cell', 'word', 'basket', 'fruit'])
    await database.sql(`${analyze} ${table}`);
}
