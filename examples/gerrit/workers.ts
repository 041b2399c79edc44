import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Address } from './database';
import type { Job } from './worker';
import type { Role, Variant } from './writers';

/** The writers of each process: SUBMIT, QUEUE, CHECKER and REVIEWER are spread over all of them. */
const processes: readonly (readonly Role[])[] = [
  ['submit', 'check', 'check', 'review', 'sweep'],
  ['submit', 'submit', 'check', 'check', 'review'],
  ['submit', 'check', 'check', 'review'],
];

export const processCount = processes.length;
export const writerCount = processes.flat().length;

/** Longer than any operation: ten attempts of a unit take five seconds at most. */
const patienceMs = 30_000;

/** The processes that run one variant of the workload; they wait until it is their turn. */
export class Workers {
  readonly #workers: readonly ChildProcess[];
  readonly #ended: Promise<unknown>;
  readonly #ready: Promise<void>;

  constructor(variant: Variant, address: Address, signal: AbortSignal) {
    this.#workers = processes.map((roles) => startWorker({ variant, address, roles }));
    this.#ended = Promise.all(this.#workers.map(endOf));
    this.#ready = this.#answers(signal);
    // Whoever awaits the processes next hears of a failure.
    for (const promise of [this.#ended, this.#ready]) promise.catch(() => undefined);
  }

  /** @throws {Error} A process failed. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Lets them write for a while, and resolves when each has ended its last operation. */
  async takeTurn(ms: number, signal: AbortSignal): Promise<void> {
    this.#tell('go');
    await this.#unlessFailed(wait(ms, undefined, { signal }));
    const answers = this.#answers(signal);
    this.#tell('stop');
    await answers;
  }

  async end(): Promise<void> {
    this.#tell('end');
    await this.#ended;
  }

  kill(): void {
    for (const worker of this.#workers) worker.kill('SIGKILL');
  }

  #tell(command: string): void {
    for (const worker of this.#workers) worker.send(command);
  }

  async #answers(outer: AbortSignal): Promise<void> {
    const patience = AbortSignal.timeout(patienceMs);
    const signal = AbortSignal.any([outer, patience]);
    const answers = this.#workers.map((worker) => once(worker, 'message', { signal }));
    try {
      await this.#unlessFailed(Promise.all(answers));
    } catch (error) {
      if (!patience.aborted) throw error;
      throw new Error(`a worker gave no answer in ${patienceMs / 1_000} s`, { cause: error });
    }
  }

  async #unlessFailed(awaited: Promise<unknown>): Promise<void> {
    await Promise.race([awaited, this.#ended]);
  }
}

function startWorker(job: Job): ChildProcess {
  const worker = fork(join(__dirname, 'worker.ts'), [JSON.stringify(job)], {
    execArgv: ['-r', '@swc-node/register'],
  });
  // A command cannot reach a process that is gone: its exit says more.
  worker.on('error', () => undefined);
  return worker;
}

async function endOf(worker: ChildProcess): Promise<void> {
  const [code, signal] = (await once(worker, 'exit')) as [number | null, string | null];
  if (code !== 0) throw new Error(`a worker ended with ${code ?? signal}`);
}
