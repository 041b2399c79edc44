import { balanceOf, newAccount } from '../account';
import type { BenchEngine, Operation } from '../cells';
import type { KeyRange } from '../peers/peer';
import { openObserver, type Observer } from '../../setup/database/observer';
import { sqlOfStage, type StageSql } from './stage-sql';

/** Where rows come and go; those of the stock only change. */
const firstTransientKey = 10_000_001;

/** What the rows of some keys came to. */
interface Sums {
  readonly rows: number;
  readonly versions: number;
  readonly balances: number;
}

/** The table of a bench: sets the scene of each sample and looks afterwards whether it was played. */
export class Stage {
  readonly #observer: Observer;
  readonly #sql: StageSql;
  #stock = 0;
  #deadRows = 0;

  constructor(engine: BenchEngine, url: string) {
    this.#observer = openObserver(engine, url);
    this.#sql = sqlOfStage(engine);
  }

  /** How many rows there are to update. */
  get stock(): number {
    return this.#stock;
  }

  /** Makes the table anew, with rows to update. */
  async fill(stock: number): Promise<void> {
    for (const statement of this.#sql.create) await this.#observer.sql(statement);
    await this.#insert({ first: 1, count: stock });
    await this.tidy();
    this.#stock = stock;
  }

  /** Chooses the keys of a sample and puts rows there if it needs any. */
  async prepare(operation: Operation, count: number): Promise<KeyRange> {
    if (operation === 'update') {
      const places = this.#stock - count + 1;
      if (places < 1) throw new Error(`the stock has ${this.#stock} rows, not ${count}`);
      return { first: 1 + Math.floor(Math.random() * places), count };
    }
    const keys = { first: firstTransientKey, count };
    if (operation === 'delete') await this.#insert(keys);
    return keys;
  }

  /** What is to be compared after the sample. */
  sums({ first, count }: KeyRange): Promise<Sums> {
    return this.#read(
      `SELECT count(*) AS rows_found, coalesce(sum(row_version), 0) AS versions,
              coalesce(sum(balance), 0) AS balances
         FROM account WHERE id BETWEEN $1 AND $2`,
      [first, first + count - 1],
    );
  }

  /** @throws {Error} The work was not done, or not once. */
  async verify(operation: Operation, keys: KeyRange, before: Sums): Promise<void> {
    const after = await this.sums(keys);
    const expected = expectedSums(operation, keys, before);
    if (JSON.stringify(after) !== JSON.stringify(expected)) {
      const texts = [before, expected, after].map((sums) => JSON.stringify(sums));
      throw new Error(`${operation} left ${texts[2]}, not ${texts[1]}; before ${texts[0]}`);
    }
  }

  /** Takes away what an insertion left. */
  async clear(operation: Operation, keys: KeyRange): Promise<void> {
    if (operation === 'insert') {
      const where = 'WHERE id >= $1';
      await this.#observer.sql(`DELETE FROM account ${where}`, [firstTransientKey]);
    }
    this.#deadRows += keys.count;
    if (this.#deadRows > 20_000) await this.tidy();
  }

  /** Removes dead rows, which the server would otherwise do at a time of its own choice. */
  async tidy(): Promise<void> {
    for (const statement of this.#sql.tidy) await this.#observer.sql(statement);
    this.#deadRows = 0;
  }

  /** @throws {Error} The connections do not begin at READ COMMITTED. */
  async checkIsolation(): Promise<void> {
    const [row] = await this.#observer.sql(this.#sql.isolation);
    const level = String(Object.values(row ?? {})[0])
      .toUpperCase()
      .replace('-', ' ');
    if (level !== 'READ COMMITTED') throw new Error(`the server begins at ${level}`);
  }

  close(): Promise<void> {
    return this.#observer.close();
  }

  async #insert({ first, count }: KeyRange): Promise<void> {
    await this.#observer.sql(this.#sql.insert, [first, count]);
  }

  async #read(sql: string, parameters: readonly unknown[]): Promise<Sums> {
    const [row] = await this.#observer.sql(sql, parameters);
    return {
      rows: Number(row?.['rows_found']),
      versions: Number(row?.['versions']),
      balances: Number(row?.['balances']),
    };
  }
}

function expectedSums(operation: Operation, { first, count }: KeyRange, before: Sums): Sums {
  if (operation === 'delete') return { rows: 0, versions: 0, balances: 0 };
  if (operation === 'update') {
    const { rows, versions, balances } = before;
    return { rows, versions: versions + count, balances: balances + count };
  }
  const { version } = newAccount(first);
  const balances = Array.from({ length: count }, (_, index) => balanceOf(first + index));
  return { rows: count, versions: count * version, balances: balances.reduce((a, b) => a + b, 0) };
}
