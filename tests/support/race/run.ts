import { DataSource, In, type DataSourceOptions } from 'typeorm';

import {
  allOf,
  defaultRetryPolicy,
  exponentialBackoff,
  fullJitter,
  maxAttempts,
  unitOfWork,
  type RetryPolicy,
  type UnitOfWork,
} from '../../../lib/index';
import { Account } from '../../fixtures/account';
import { seededRandom } from '../../scenarios/harness/random';
import { serveCrew } from '../serve-crew';
import type { RaceJob, RaceResult } from './race-job';

type Work = (uow: UnitOfWork) => Promise<void>;

const patience = allOf(maxAttempts(100), fullJitter(exponentialBackoff({ baseMs: 2, capMs: 50 })));

/** One process of a race: opens its pool, waits for the start, reports what its writers met. */
async function race(
  { options, ...job }: RaceJob,
  untilStart: () => Promise<void>,
): Promise<RaceResult> {
  const merged = { ...options, poolSize: job.writers, entities: [Account] } as DataSourceOptions;
  const source = await new DataSource(merged).initialize();
  try {
    await untilStart();
    return await runWriters(source, job);
  } finally {
    await source.destroy();
  }
}

async function runWriters(source: DataSource, job: Omit<RaceJob, 'options'>): Promise<RaceResult> {
  const { writers, units, isolation, endMs = Infinity } = job;
  const result = {
    commits: 0,
    finished: Array.from({ length: writers }, () => 0),
    failures: {} as Record<string, number>,
    mostAttempts: 1,
    refused: [] as string[],
  };
  const retry: RetryPolicy = (failure) => {
    const { error, attempt } = failure;
    const kind = 'kind' in error ? error.kind : error.name;
    result.failures[kind] = (result.failures[kind] ?? 0) + 1;
    result.mostAttempts = Math.max(result.mostAttempts, attempt + 1);
    // Attempts are counted; a busy machine takes its time.
    return policyOf(job)({ ...failure, elapsedMs: 0 });
  };
  const random = seededRandom(job.seed ?? 0);
  const startedAt = performance.now();
  const write = async (writer: number) => {
    try {
      for (let unit = 0; unit < units && performance.now() - startedAt < endMs; unit++) {
        const work = job.pick === undefined ? incrementAll(job.ids) : incrementSome(job, random);
        await unitOfWork(source, work, { retry, isolation });
        result.commits++;
        result.finished[writer] = unit + 1;
      }
    } catch (error) {
      result.refused.push(String(error));
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return result;
}

function policyOf({ policy }: Pick<RaceJob, 'policy'>): RetryPolicy {
  if (policy === undefined) return patience;
  if (policy === 'default') return defaultRetryPolicy;
  return (failure) => ({ ...defaultRetryPolicy(failure), lock: false });
}

function incrementAll(ids: readonly number[]): Work {
  return async (uow) => {
    const accounts = await uow.findBy(Account, { id: In([...ids]) });
    for (const account of accounts) account.balance += 1;
  };
}

/** One after the other, in an order of its own, and the same ones in every attempt. */
function incrementSome({ ids, pick }: Pick<RaceJob, 'ids' | 'pick'>, random: () => number): Work {
  const chosen = ids
    .map((id) => ({ id, place: random() }))
    .toSorted((left, right) => left.place - right.place)
    .slice(0, pick);
  return async (uow) => {
    for (const { id } of chosen) {
      const account = await uow.findOneByOrFail(Account, { id });
      account.balance += 1;
    }
  };
}

serveCrew(race);
