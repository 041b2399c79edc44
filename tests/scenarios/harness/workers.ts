import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { testedTypeorm } from '../../support/tested-typeorm';
import type { WorkloadJob, WorkloadMessage } from './workload-job';

/** Far longer than any workload takes, also on a busy machine: what takes longer hangs. */
const patienceMs = 240_000;

/** The processes of one workload. */
export class Workers {
  readonly #processes: readonly ChildProcess[];
  readonly #patience = AbortSignal.timeout(patienceMs);

  constructor(count: number) {
    this.#processes = Array.from({ length: count }, startProcess);
  }

  /**
   * Sends every process a message and waits until each has answered.
   *
   * @throws {Error} A process failed, ended, or gave no answer in time.
   */
  tell<T extends WorkloadMessage['type']>(
    message: (index: number) => WorkloadJob | 'start',
    answer: T,
  ): Promise<Extract<WorkloadMessage, { type: T }>[]> {
    const asked = this.#processes.map((worker, index) =>
      tell(worker, message(index), answer, this.#patience),
    );
    return Promise.all(asked);
  }

  /** Ends the processes, whatever they do. */
  async end(): Promise<void> {
    const running = this.#processes.filter(isRunning);
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
