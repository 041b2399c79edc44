import type { TestDatabase } from '../../setup/on-each-database';
import type { Stored } from './judge';

/** The two accounts of a unit. */
export type Pair = readonly [number, number];

export const openingBalance = 1_000;

type Sql = TestDatabase['sql'];

/** Gives out pairs of accounts; whoever reads them does so on connections that nothing cuts. */
export class Ledger {
  readonly #sql: Sql;
  #last = 0;
  /** Every account was opened with the same, and what came on top of that is told one by one. */
  #paidIn = 0;

  constructor({ sql }: Pick<TestDatabase, 'sql'>) {
    this.#sql = sql;
  }

  /** What all balances together should be. */
  get expectedTotal(): number {
    return this.#last * openingBalance + this.#paidIn;
  }

  async openPair(): Promise<Pair> {
    const pair: Pair = [++this.#last, ++this.#last];
    await this.#sql(
      `INSERT INTO account (id, balance, history) VALUES ($1, $2, ''), ($3, $4, '')`,
      [pair[0], openingBalance, pair[1], openingBalance],
    );
    return pair;
  }

  /** What a rival does: nobody may overwrite it. */
  async deposit(account: number): Promise<void> {
    await this.#sql(
      'UPDATE account SET balance = balance + 1, row_version = row_version + 1 WHERE id = $1',
      [account],
    );
    this.payIn(1);
  }

  /** Tells what was paid in by somebody else. */
  payIn(amount: number): void {
    this.#paidIn += amount;
  }

  async find(unit: string, pair: Pair): Promise<Stored> {
    const accounts = await this.#sql(
      'SELECT balance, history FROM account WHERE id IN ($1, $2) ORDER BY id',
      pair,
    );
    const [{ transfers } = {}] = await this.#sql(
      'SELECT count(*) AS transfers FROM transfer WHERE id = $1',
      [unit],
    );
    const [{ entries } = {}] = await this.#sql(
      'SELECT count(*) AS entries FROM entry WHERE unit = $1',
      [unit],
    );
    return {
      balances: both(accounts.map(({ balance }) => Number(balance))),
      mentions: both(accounts.map(({ history }) => countOf(unit, String(history)))),
      transfers: Number(transfers),
      entries: Number(entries),
    };
  }
}

function both([one, other]: readonly number[]): readonly [number, number] {
  if (one === undefined || other === undefined) throw new Error('an account is missing');
  return [one, other];
}

const countOf = (unit: string, history: string): number =>
  history.split(',').filter((one) => one === unit).length;
