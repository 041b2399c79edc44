import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Address } from './database';
import type { Job } from './worker';
import type { Role, Variant } from './writers';

/** The writers of each process: SUBMIT, QUEUE, CHECKER and REVIEWER are spread over all of them. */
const processes: readonly (readonly Role[])[] = [
  ['submit', 'check', 'check', 'sweep'],
  ['submit', 'submit', 'check', 'check', 'review'],
  ['submit', 'check', 'check', 'review'],
];

export const processCount = processes.length;
export const writerCount = processes.flat().length;

/** Longer than any operation: ten attempts of a unit take five seconds at most. */
const patienceMs = 20_000;

/**
 * Runs the workload in processes of its own for a while; none of them is left when it resolves.
 *
 * @throws {Error} A process failed, or did not end; the abort's reason.
 */
export async function runWorkers(
  variant: Variant,
  address: Address,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  const workers = processes.map((roles) => startWorker({ variant, address, roles }));
  try {
    const ended = Promise.all(workers.map(endOf));
    // A worker that fails ends the run, whatever is awaited just then.
    await Promise.race([ended, conduct(workers, seconds, signal)]);
    await Promise.race([ended, timeOut(signal)]);
  } finally {
    for (const worker of workers) worker.kill('SIGKILL');
  }
}

async function conduct(
  workers: readonly ChildProcess[],
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(workers.map((worker) => once(worker, 'message', { signal })));
  for (const worker of workers) worker.send('go');
  await wait(seconds * 1_000, undefined, { signal });
  for (const worker of workers) worker.send('stop');
}

function startWorker(job: Job): ChildProcess {
  return fork(join(__dirname, 'worker.ts'), [JSON.stringify(job)], {
    execArgv: ['-r', '@swc-node/register'],
  });
}

async function endOf(worker: ChildProcess): Promise<void> {
  const [code, signal] = (await once(worker, 'exit')) as [number | null, string | null];
  if (code !== 0) throw new Error(`a worker ended with ${code ?? signal}`);
}

async function timeOut(signal: AbortSignal): Promise<never> {
  await wait(patienceMs, undefined, { signal, ref: false });
  throw new Error(`a worker did not end within ${patienceMs / 1_000} s`);
}
