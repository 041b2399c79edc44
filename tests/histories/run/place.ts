import type { TestDatabase } from '../../setup/on-each-database';
import type { State, Stored } from '../checker/history';
import { listOf } from '../entities';
import { rowName } from './draft';

/** What is added to the numbers of a history's rows, so that each has its own. */
export type Place = number;

const rowsOfPlace = 10;
const pages = [1, 2, 3, 4];
const fillers = 500;
let used = 0;

/** Makes the pages of a history. */
export async function takePlace({ sql }: TestDatabase): Promise<Place> {
  const place = (fillers + ++used) * rowsOfPlace;
  const values = pages.map((number) => `(${place + number}, '')`);
  await sql(`INSERT INTO page (id, entries) VALUES ${values.join()}`);
  return place;
}

/** The rows of a history. */
export async function readPlace({ sql }: TestDatabase, place: Place): Promise<State> {
  const within = `BETWEEN ${place} AND ${place + rowsOfPlace - 1}`;
  const columns = 'id, entries, row_version AS version';
  const found = [
    ...(await sql(`SELECT 'page' AS kind, id AS slot, ${columns} FROM page WHERE id ${within}`)),
    ...(await sql(`SELECT 'note' AS kind, slot, ${columns} FROM note WHERE slot ${within}`)),
  ];
  return new Map(
    found.map(({ kind, slot, id, entries, version }): [string, Stored] => [
      rowName(
        { table: kind === 'page' ? 'page' : 'note', number: Number(slot) - place },
        Number(id),
      ),
      { version: Number(version), list: listOf(String(entries)) },
    ]),
  );
}

/**
 * Fills the tables, so that rows are looked up by their keys as they are in life: tables of a few rows
 * are scanned, and then everybody is in everybody's way.
 */
export async function fillTables({ sql, engine }: TestDatabase): Promise<void> {
  const numbers = Array.from({ length: fillers }, (_, index) => index * rowsOfPlace);
  const values = numbers.map((number) => `(${number}, '')`).join();
  await sql(`INSERT INTO page (id, entries) VALUES ${values}`);
  await sql(`INSERT INTO note (slot, entries) VALUES ${values}`);
  const analyze = engine === 'postgres' ? 'ANALYZE' : 'ANALYZE TABLE';
  for (const table of ['page', 'note']) await sql(`${analyze} ${table}`);
}
