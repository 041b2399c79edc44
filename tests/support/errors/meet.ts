import { once } from 'node:events';
import type { DataSource, EntityManager } from 'typeorm';

import {
  allOf,
  ConcurrencyError,
  constantBackoff,
  maxAttempts,
  unitOfWork,
  UnitOfWorkError,
  type RetryPolicy,
  type UnitOfWork,
  type UnitOfWorkOptions,
} from '../../../lib/index';
import { Account } from '../../fixtures/account';
import { withPool } from '../pools';
import { sessionId } from '../sessions';
import type { Place } from './place';

/** What a unit and its pool make of an error. */
export interface Answer {
  /** What the server said, or else the driver. */
  readonly code: string | undefined;
  /** Kind of the ConcurrencyError, name of another error of the library, or the driver's own. */
  readonly error: string;
  /** What is left of the transaction, asked of the server and of its driver. */
  readonly transaction: 'alive' | 'aborted' | 'gone' | 'none';
  readonly connection: 'keep' | 'destroy' | 'none';
  readonly attempts: number;
  /** How often the unit was applied. */
  readonly applied: number;
}

/** What stands around an error that is met. */
export interface Scene {
  readonly place: Place;
  /** The account that the unit has written. */
  readonly id: number;
  /** One that it has not touched. */
  readonly other: number;
  readonly openRival: () => Promise<EntityManager>;
}

export type Provoke = (uow: UnitOfWork, scene: Scene) => Promise<unknown>;

type Rows = { open: unknown }[];

interface DriverConnection {
  query(sql: string, done: (error: unknown, answer: Rows | { rows: Rows }) => void): unknown;
  on(event: 'error', listen: (error: unknown) => void): unknown;
}

/** Lets a unit that has written half of what it will meet an error in its first attempt. */
export async function meetInUnit(
  place: Place,
  provoke: Provoke,
  options: UnitOfWorkOptions = {},
  overrides: { readonly url?: string } = {},
): Promise<Answer> {
  const [id, other] = [await addAccount(place), await addAccount(place)];
  return withPool(place, { poolSize: 1, ...overrides }, (source) =>
    withRivals(place, async (openRival) => {
      const { met, retry } = recorder();
      const sessions: number[] = [];
      let transaction: Answer['transaction'] = 'none';
      const work = async (uow: UnitOfWork) => {
        const account = await uow.findOneByOrFail(Account, { id });
        account.balance += 1;
        await uow.flush();
        sessions.push(await sessionId(place, uow.manager));
        if (uow.attempt > 1) return;
        const raw = (await uow.manager.queryRunner!.connect()) as DriverConnection;
        raw.on('error', (error) => met.push(error));
        try {
          await provoke(uow, { place, id, other, openRival });
        } catch (error) {
          met.push(error);
          transaction = await stateOf(raw, place);
          throw error;
        }
      };
      const outcome = await outcomeOf(unitOfWork(source, work, { ...options, retry }));
      const pooled = await sessionId(place, source.manager);
      const connection = pooled === sessions[0] ? 'keep' : 'destroy';
      return {
        ...answerOf(met, outcome),
        transaction: connection === 'destroy' ? 'gone' : transaction,
        connection,
        attempts: sessions.length,
        applied: await balanceOf(place, id),
      };
    }),
  );
}

/** Lets a unit meet an error when it needs a connection and the only one of the pool is taken. */
export async function meetAtConnect(
  place: Place,
  block: () => Promise<() => Promise<unknown>>,
  overrides: { readonly url?: string } = {},
): Promise<Answer> {
  const id = await addAccount(place);
  return withPool(place, { poolSize: 2, ...overrides }, async (source) => {
    const holder = source.createQueryRunner();
    await holder.connect();
    const unblock = await block();
    const { met, retry } = recorder(async () => holder.release());
    let runs = 0;
    const work = async (uow: UnitOfWork) => {
      const account = await uow.findOneByOrFail(Account, { id });
      runs++;
      account.balance += 1;
    };
    try {
      const outcome = await outcomeOf(unitOfWork(source, work, { retry }));
      const applied = await balanceOf(place, id);
      const attempts = met.length + runs;
      return {
        ...answerOf(met, outcome),
        transaction: 'none',
        connection: 'none',
        attempts,
        applied,
      };
    } finally {
      await holder.release();
      await unblock();
    }
  });
}

/** Lets the pool meet an error between two units. */
export async function meetIdle(place: Place, statement: string): Promise<Answer> {
  const id = await addAccount(place);
  return withPool(place, { poolSize: 1 }, async (source) => {
    const runner = source.createQueryRunner();
    const raw = (await runner.connect()) as NodeJS.EventEmitter;
    const before = await sessionId(place, runner.manager);
    await runner.query(statement);
    const [met] = (await Promise.all([once(raw, 'error'), runner.release()]))[0] as unknown[];
    let attempts = 0;
    const outcome = await outcomeOf(
      unitOfWork(source, async (uow) => {
        attempts++;
        (await uow.findOneByOrFail(Account, { id })).balance += 1;
      }),
    );
    const isKept = (await sessionId(place, source.manager)) === before;
    const applied = await balanceOf(place, id);
    const connection = isKept ? 'keep' : 'destroy';
    return { ...answerOf([met], outcome), transaction: 'none', connection, attempts, applied };
  });
}

/** A policy of two attempts that keeps what it is asked about. */
function recorder(onFailure: () => unknown = () => undefined) {
  const met: unknown[] = [];
  const twice = allOf(maxAttempts(2), constantBackoff(1));
  const retry: RetryPolicy = (failure) => {
    met.push(failure.error);
    void onFailure();
    return twice(failure);
  };
  return { met, retry };
}

async function outcomeOf(unit: Promise<unknown>): Promise<unknown> {
  return unit.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** The policy is asked about errors of the library; what it is not asked about is the unit's outcome. */
function answerOf(met: readonly unknown[], outcome: unknown): Pick<Answer, 'code' | 'error'> {
  const all = [...met, outcome];
  const typed = all.find((error) => error instanceof UnitOfWorkError);
  const error = ConcurrencyError.is(typed) ? typed.kind : (typed as Error | undefined)?.name;
  return {
    code: all
      .flatMap(chainOf)
      .map(codeOf)
      .find((code) => code !== undefined),
    error: error ?? (outcome === undefined ? 'none' : 'the driver’s'),
  };
}

function chainOf(error: unknown): unknown[] {
  if (!(error instanceof Error)) return [];
  const { driverError } = error as { driverError?: unknown };
  return [error, ...chainOf(driverError), ...chainOf(error.cause)];
}

function codeOf(error: unknown): string | undefined {
  const { code, errno, sqlMessage, severity } = error as Record<string, unknown>;
  if (sqlMessage !== undefined && typeof errno === 'number' && errno > 0) return String(errno);
  return severity !== undefined || String(code).startsWith('PROTOCOL') ? String(code) : undefined;
}

/** Asked past the unit, which sends nothing any more. */
async function stateOf(raw: DriverConnection, { engine }: Place): Promise<Answer['transaction']> {
  const ask = engine === 'postgres' ? 'SELECT 1 AS open' : 'SELECT @@in_transaction AS open';
  return new Promise((resolve) => {
    raw.query(ask, (error, answer) => {
      if (error)
        return resolve((error as { code?: unknown }).code === '25P02' ? 'aborted' : 'gone');
      const [row] = 'rows' in answer ? answer.rows : answer;
      return resolve(Number(row?.open) === 1 ? 'alive' : 'gone');
    });
  });
}

async function addAccount({ engine, sql }: Place): Promise<number> {
  const next = (await sql('SELECT COALESCE(MAX(id), 0) + 1 AS next FROM account'))[0]!['next'];
  const override = engine === 'postgres' ? 'OVERRIDING SYSTEM VALUE' : '';
  await sql(`INSERT INTO account (id, balance) ${override} VALUES ($1, 0)`, [Number(next)]);
  return Number(next);
}

async function balanceOf({ sql }: Place, id: number): Promise<number> {
  const [row] = await sql('SELECT balance FROM account WHERE id = $1', [id]);
  return Number(row?.['balance']);
}

/** Rivals hold what they lock until the unit has ended. */
async function withRivals<T>(
  place: Place,
  work: (openRival: () => Promise<EntityManager>) => Promise<T>,
): Promise<T> {
  return withPool(place, { poolSize: 1 }, async (source: DataSource) => {
    const runner = source.createQueryRunner();
    try {
      return await work(async () => {
        await runner.startTransaction();
        return runner.manager;
      });
    } finally {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      await runner.release();
    }
  });
}
