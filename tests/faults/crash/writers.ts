import { setTimeout as wait } from 'node:timers/promises';
import { QueryFailedError, type DataSource } from 'typeorm';

import {
  allOf,
  ConcurrencyError,
  constantBackoff,
  escalateAfter,
  maxAttempts,
  UnitOfWorkError,
  type RetryPolicy,
} from '../../../lib/index';
import { seededRandom } from '../../scenarios/harness/random';
import { kinds } from '../ledger/kinds';
import { runUnit } from '../units/run-unit';
import type { Plan, Told } from '../units/unit';

/** A unit, what its client was told, and when. */
export interface Record {
  readonly plan: Plan;
  readonly told: Told;
  readonly callbacks: number;
  /** Whether no connection to the server could be had at all: then the error is that of the driver. */
  readonly isUnreached: boolean;
  /** Whether it began before the server was killed, and ended afterwards. */
  readonly isOverlapping: boolean;
}

/** As many units at once as there are writers. */
export interface Writers {
  /** Units that were told to be committed so far. */
  readonly committed: number;
  /** To be called when the server has been killed. */
  noteCrash(): void;
  stop(): Promise<readonly Record[]>;
}

const pauseMs = 50;
// Together longer than a server takes to come back.
const soon = allOf(maxAttempts(50), escalateAfter(1), constantBackoff(5));
const whenItIsBack = allOf(maxAttempts(90), constantBackoff(200));
const patience: RetryPolicy = (failure) =>
  (ConcurrencyError.is(failure.error) ? soon : whenItIsBack)(failure);

export function startWriters(
  source: DataSource,
  { count, accounts, seed }: { count: number; accounts: readonly number[]; seed: number },
): Writers {
  const records: Record[] = [];
  const stopping = new AbortController();
  let crashes = 0;
  let committed = 0;
  const write = async (writer: number) => {
    const random = seededRandom(seed * count + writer);
    for (let number = 1; !stopping.signal.aborted; number++) {
      const plan = draw(`${seed}-${writer}-${number}`, accounts, random);
      const before = crashes;
      const record = await run(source, plan);
      records.push({ ...record, isOverlapping: crashes > before });
      if (record.told.answer === 'committed') committed++;
      if (record.isUnreached) await wait(pauseMs);
    }
  };
  const all = Promise.all(Array.from({ length: count }, (_, writer) => write(writer)));
  return {
    get committed() {
      return committed;
    },
    noteCrash: () => void crashes++,
    stop: async () => {
      stopping.abort();
      await all;
      return records;
    },
  };
}

function draw(id: string, accounts: readonly number[], random: () => number): Plan {
  const below = (limit: number) => Math.floor(random() * limit);
  const kind = kinds[below(kinds.length)]!;
  const first = below(accounts.length);
  const second = (first + 1 + below(accounts.length - 1)) % accounts.length;
  return {
    id,
    kind,
    pair: [accounts[first]!, accounts[second]!],
    amount: 1 + below(99),
    isolation: below(2) === 0 ? undefined : 'REPEATABLE READ',
    exactlyOnce: below(2) === 0,
    retry: patience,
  };
}

async function run(source: DataSource, plan: Plan): Promise<Omit<Record, 'isOverlapping'>> {
  let callbacks = 0;
  const told = await runUnit(source, plan, {
    onRun: async () => undefined,
    onCommitted: () => void callbacks++,
  });
  const isUnreached = told.answer === undefined && isConnectError(told.error);
  return { plan, told, callbacks, isUnreached };
}

/** A database that a unit has never reached is none of its business: the driver's error goes through. */
function isConnectError(error: unknown): boolean {
  if (error instanceof UnitOfWorkError || error instanceof QueryFailedError) return false;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return (
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST'].includes(String(code)) ||
    String(message).startsWith('Connection terminated')
  );
}
