import { DataSource, In, type DataSourceOptions } from 'typeorm';

import {
  allOf,
  exponentialBackoff,
  fullJitter,
  maxAttempts,
  unitOfWork,
  type RetryPolicy,
} from '../../../lib/index';
import { Account } from '../../fixtures/account';
import type { RaceJob, RaceMessage, RaceResult } from './race-job';

const patience = allOf(maxAttempts(100), fullJitter(exponentialBackoff({ baseMs: 2, capMs: 50 })));

/** One process of a race: opens its pool, waits for the start, reports what its writers met. */
async function race({ options, ...job }: RaceJob): Promise<void> {
  const merged = { ...options, poolSize: job.writers, entities: [Account] } as DataSourceOptions;
  const source = await new DataSource(merged).initialize();
  try {
    send({ type: 'ready' });
    await new Promise((start) => process.once('message', start));
    send({ type: 'result', result: await runWriters(source, job) });
  } finally {
    await source.destroy();
  }
}

async function runWriters(
  source: DataSource,
  { writers, units, ids, isolation }: Omit<RaceJob, 'options'>,
): Promise<RaceResult> {
  const result = {
    commits: 0,
    failures: {} as Record<string, number>,
    mostAttempts: 1,
    refused: [] as string[],
  };
  const retry: RetryPolicy = (failure) => {
    const { error, attempt } = failure;
    const kind = 'kind' in error ? error.kind : error.name;
    result.failures[kind] = (result.failures[kind] ?? 0) + 1;
    result.mostAttempts = Math.max(result.mostAttempts, attempt + 1);
    return patience(failure);
  };
  const increment = () =>
    unitOfWork(
      source,
      async (uow) => {
        const accounts = await uow.findBy(Account, { id: In([...ids]) });
        for (const account of accounts) account.balance += 1;
      },
      { retry, isolation },
    );
  const write = async () => {
    try {
      for (let unit = 0; unit < units; unit++) {
        await increment();
        result.commits++;
      }
    } catch (error) {
      result.refused.push(String(error));
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  return result;
}

function send(message: RaceMessage): void {
  process.send?.(message);
}

// The parent is gone: nobody waits for the result.
process.once('disconnect', () => process.exit(1));

process.on('message', (message: RaceJob | 'start') => {
  if (message === 'start') return;
  race(message).catch((error: unknown) => {
    send({ type: 'error', message: error instanceof Error ? String(error.stack) : String(error) });
  });
});
