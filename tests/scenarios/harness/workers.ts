import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { testedTypeorm } from '../../support/tested-typeorm';
import type { Tally } from '../scenario';
import type { WorkloadJob, WorkloadMessage } from './workload-job';

/** Far longer than any workload takes, also on a busy machine: what takes longer hangs. */
const patienceMs = 240_000;

/** What the processes of one workload were told, and how long all of them worked. */
export interface Shift {
  readonly tallies: readonly Tally[];
  readonly seconds: number;
}

/** Processes that run workloads; starting one costs more than a small workload, so they serve many. */
export class Workers {
  #processes: ChildProcess[] = [];

  /**
   * Hands every process its job; all of them start when the last one is connected.
   *
   * @throws {Error} A process failed, ended, or gave no answer in time. Then all of them are ended:
   * what one of them still does would disturb the next workload, which gets others.
   */
  async run(jobs: readonly WorkloadJob[]): Promise<Shift> {
    while (this.#processes.length < jobs.length) this.#processes.push(startProcess());
    const crew = this.#processes.slice(0, jobs.length);
    const patience = AbortSignal.timeout(patienceMs);
    try {
      const connecting = jobs.map((job, index) => tell(crew[index]!, job, 'ready', patience));
      await Promise.all(connecting);
      const started = performance.now();
      const working = crew.map((worker) => tell(worker, 'start', 'tally', patience));
      const tallies = (await Promise.all(working)).map(({ tally }) => tally);
      return { tallies, seconds: (performance.now() - started) / 1_000 };
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  /** Ends the processes, whatever they do. */
  async end(): Promise<void> {
    const running = this.#processes.filter(isRunning);
    this.#processes = [];
    const ends = running.map((worker) => once(worker, 'exit'));
    for (const worker of running) worker.kill('SIGKILL');
    await Promise.all(ends);
  }
}

function startProcess(): ChildProcess {
  const resolver = require.resolve('../../support/race/resolve-typeorm.cjs');
  const worker = fork(require.resolve('./worker'), {
    execArgv: ['-r', resolver, '-r', '@swc-node/register'],
    env: { ...process.env, RACE_TYPEORM: testedTypeorm },
  });
  // A message cannot reach a process that is gone: its exit says more.
  worker.on('error', () => undefined);
  return worker;
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null;

async function tell<T extends WorkloadMessage['type']>(
  worker: ChildProcess,
  message: WorkloadJob | 'start',
  type: T,
  patience: AbortSignal,
): Promise<Extract<WorkloadMessage, { type: T }>> {
  const ended = new AbortController();
  const end = () => ended.abort(new Error(describeEnd(worker)));
  if (!isRunning(worker)) end();
  worker.once('exit', end);
  const signal = AbortSignal.any([ended.signal, patience]);
  try {
    const answer = once(worker, 'message', { signal });
    worker.send(message);
    const [received] = (await answer) as [WorkloadMessage];
    if (received.type === 'error') throw new Error(received.message);
    if (received.type !== type) throw new Error(`a worker answered ${received.type}, not ${type}`);
    return received as Extract<WorkloadMessage, { type: T }>;
  } catch (error) {
    if (ended.signal.aborted) throw ended.signal.reason;
    if (!patience.aborted) throw error;
    throw new Error(`a worker gave no answer in ${patienceMs / 1_000} s`, { cause: error });
  } finally {
    worker.off('exit', end);
  }
}

function describeEnd({ exitCode, signalCode }: ChildProcess): string {
  return `a worker ended with ${exitCode ?? signalCode}`;
}
