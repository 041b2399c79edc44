import type { Engine } from '../../setup/databases';
import { openObserver } from '../../setup/database/observer';
import { judgeUnit, type Objection, type Traces } from '../ledger/judge';
import { effects } from '../ledger/kinds';
import { openingBalance } from '../ledger/ledger';
import type { Record } from './writers';

/** Everything that is stored, by the ids of units. */
interface Books {
  readonly balances: ReadonlyMap<number, number>;
  readonly histories: ReadonlyMap<number, Counts>;
  readonly transfers: Counts;
  readonly entries: Counts;
}

/** How often each unit is found. */
type Counts = ReadonlyMap<string, number>;

/** Compares all that units were told with all that is stored, read on a connection of its own. */
export async function verify(
  engine: Engine,
  url: string,
  accounts: readonly number[],
  records: readonly Record[],
): Promise<Map<Record, readonly Objection[]>> {
  const books = await readBooks(engine, url);
  const objections = new Map<Record, readonly Objection[]>();
  for (const record of records) objections.set(record, judgeRecord(books, record));
  const last = records.at(-1);
  const wrong = accounts.flatMap((account) => judgeBalance(books, account, records));
  if (last) objections.set(last, [...(objections.get(last) ?? []), ...wrong]);
  return objections;
}

async function readBooks(engine: Engine, url: string): Promise<Books> {
  const { sql, close } = openObserver(engine, url);
  try {
    const accounts = await sql('SELECT id, balance, history FROM account');
    const transfers = await sql('SELECT id FROM transfer');
    const entries = await sql('SELECT unit FROM entry');
    return {
      balances: new Map(accounts.map(({ id, balance }) => [Number(id), Number(balance)])),
      histories: new Map(
        accounts.map(({ id, history }) => [Number(id), countsOf(String(history).split(','))]),
      ),
      transfers: countsOf(transfers.map(({ id }) => String(id))),
      entries: countsOf(entries.map(({ unit }) => String(unit))),
    };
  } finally {
    await close();
  }
}

function countsOf(units: readonly string[]): Counts {
  const counts = new Map<string, number>();
  for (const unit of units) counts.set(unit, (counts.get(unit) ?? 0) + 1);
  return counts;
}

function judgeRecord(books: Books, record: Record): Objection[] {
  const { plan, told, callbacks, isUnreached } = record;
  const { id, kind, pair, exactlyOnce } = plan;
  const mentionsIn = (account: number) => books.histories.get(account)?.get(id) ?? 0;
  const stored: Traces = {
    mentions: [mentionsIn(pair[0]), mentionsIn(pair[1])],
    transfers: books.transfers.get(id) ?? 0,
    entries: books.entries.get(id) ?? 0,
  };
  const answer = isUnreached ? 'rolled back' : told.answer;
  const mayBeUnknown = !exactlyOnce;
  // Its writers do not see when a COMMIT is sent; a unit that ran again would be there twice.
  return judgeUnit({ kind, answer, callbacks, mayBeUnknown, runsAfterUnknown: 0, stored });
}

/** What every unit that stands in the history of an account has moved. */
function judgeBalance(books: Books, account: number, records: readonly Record[]): Objection[] {
  let expected = openingBalance;
  for (const { plan } of records) {
    const sign = effects[plan.kind].signs[plan.pair.indexOf(account)] ?? 0;
    expected += sign * plan.amount * (books.histories.get(account)?.get(plan.id) ?? 0);
  }
  const actual = books.balances.get(account);
  if (actual === expected) return [];
  const text = `the balance of account ${account} is ${actual}, not ${expected}`;
  return [{ fault: 'lost update', text }];
}
