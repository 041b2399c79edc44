import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';

import { configureUnitOfWork, unlimitedBudget } from '../../../lib/index';
import { verify } from '../../faults/crash/verify';
import { startWriters, type Record, type Writers } from '../../faults/crash/writers';
import { Account } from '../../faults/ledger/entities';
import { faults as wrongs } from '../../faults/ledger/judge';
import { openingBalance } from '../../faults/ledger/ledger';
import { Tally } from '../../faults/tally';
import type { Cluster } from '../nodes/cluster';
import type { ClusterDatabase } from '../support/cluster-database';
import type { Find } from '../support/describe-cluster';
import { isFull, unitsWanted } from '../support/size';

const writersOfNode = 6;
const accountsOpened = 60;
const longestPauseMs = 1_500;
const progressMs = 10_000;
// A node that is back has its share in what is written before the next one goes.
const healthyMs = isFull ? 15_000 : 1_000;
const timeoutMs = 1_800_000;

/** What happens to a node, again and again, to one after the other. */
interface Trouble {
  readonly title: string;
  /** How often at least. */
  readonly least: number;
  /** Whether replays are made on the next node. */
  readonly isPinned: boolean;
  readonly strike: (cluster: Cluster, node: number, note: () => void) => Promise<void>;
}

const troubles: readonly Trouble[] = [
  { title: 'while all is well', least: 0, isPinned: false, strike: () => wait(200) },
  {
    title: 'while one node after the other is killed, and started again',
    least: isFull ? 9 : 1,
    isPinned: true,
    strike: async (cluster, node, note) => {
      await cluster.kill(node);
      note();
      await wait(1_000);
      await cluster.up(node);
      await wait(healthyMs);
    },
  },
  {
    title: `while one node after the other stands still for up to ${longestPauseMs} ms`,
    least: isFull ? 9 : 2,
    isPinned: false,
    strike: async (cluster, node, note) => {
      cluster.pause(node);
      note();
      await wait(Math.random() * longestPauseMs);
      cluster.resume(node);
      await wait(1_000);
    },
  },
];

/** Defines that money moves as it was told to, on all nodes at once, whatever becomes of them. */
export function defineLedger(database: Find<ClusterDatabase>): void {
  it.each(troubles)(
    `applies each of ${unitsWanted} acknowledged units once $title`,
    async (trouble) => {
      const tally = new Tally();
      const accounts = await openLedger(database());

      const records = await strikeUntilDone(database(), accounts, trouble);

      const checksums = await database().checksums();
      const found = await verify('mariadb', database().urls[0] ?? '', accounts, records);
      for (const [record, objections] of found) {
        const { told, isUnreached, isOverlapping } = record;
        tally.add(isUnreached ? 'rolled back' : told.answer, objections);
        if (isOverlapping) tally.cuts++;
      }
      process.stdout.write(tally.describe(`galera ${trouble.title}`));
      const wrong = [...found].filter(([, objections]) => objections.length > 0);
      expect(inspect(wrong.slice(0, 3), { depth: 5 })).toBe('[]');
      for (const fault of wrongs) expect(tally.faults(fault)).toBe(0);
      expect(tally.answers('committed')).toBeGreaterThanOrEqual(unitsWanted);
      expect(new Set(checksums).size).toBe(1);
    },
    timeoutMs,
  );
}

/** Makes room for a new ledger. */
async function openLedger(database: ClusterDatabase): Promise<readonly number[]> {
  for (const table of ['account', 'transfer', 'entry', 'unit_of_work_receipt'])
    await database.sql(1, `DELETE FROM ${table}`);
  const ids = Array.from({ length: accountsOpened }, (_, index) => index + 1);
  const values = ids.map((id) => ({ id, balance: openingBalance, history: '' }));
  await database.source(1).manager.insert(Account, values);
  await database.untilSame();
  return ids;
}

async function strikeUntilDone(
  database: ClusterDatabase,
  accounts: readonly number[],
  { title, least, isPinned, strike }: Trouble,
): Promise<readonly Record[]> {
  const { cluster } = database;
  const numbers = cluster.nodes.map(({ number }) => number);
  const seed = Date.now() % 1_000_000;
  const all = numbers.map((number): Writers => {
    const source = database.source(number);
    const writer = isPinned ? database.source((number % numbers.length) + 1) : undefined;
    configureUnitOfWork(source, { budget: unlimitedBudget, writer });
    return startWriters(source, { count: writersOfNode, accounts, seed: 10 * seed + number });
  });
  const committed = () => all.reduce((sum, writers) => sum + writers.committed, 0);
  const note = () => all.forEach((writers) => writers.noteCrash());
  let strikes = 0;
  const report = () =>
    process.stdout.write(`  ${title}: ${committed()} committed, ${strikes} strikes\n`);
  const progress = setInterval(report, progressMs);
  try {
    while (committed() < unitsWanted || strikes < least) {
      await strike(cluster, (strikes % numbers.length) + 1, note);
      strikes++;
    }
  } finally {
    for (const number of numbers) await cluster.up(number);
    clearInterval(progress);
  }
  return (await Promise.all(all.map((writers) => writers.stop()))).flat();
}
