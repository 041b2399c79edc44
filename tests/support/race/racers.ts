import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { testedTypeorm } from '../tested-typeorm';
import type { RaceJob, RaceMessage, RaceResult } from './race-job';

/** Processes that run races; starting one costs more than a race, so they serve many. */
export class Racers {
  readonly #processes: readonly ChildProcess[];

  constructor(count: number) {
    this.#processes = Array.from({ length: count }, startProcess);
  }

  /** Hands every process the same job, but for its seed; all of them start when the last one is connected. */
  async run({ seed = 0, ...job }: RaceJob): Promise<readonly RaceResult[]> {
    const ready = this.#processes.map((racer, i) =>
      tell(racer, { ...job, seed: seed + i }, 'ready'),
    );
    await Promise.all(ready);
    const results = this.#processes.map((racer) => tell(racer, 'start', 'result'));
    return (await Promise.all(results)).map(({ result }) => result);
  }

  async stop(): Promise<void> {
    const ends = this.#processes.map(async (racer) => {
      if (racer.exitCode !== null || racer.signalCode !== null) return;
      racer.disconnect();
      await once(racer, 'exit');
    });
    await Promise.all(ends);
  }
}

function startProcess(): ChildProcess {
  return fork(require.resolve('./run'), {
    execArgv: ['-r', require.resolve('./resolve-typeorm.cjs'), '-r', '@swc-node/register'],
    env: { ...process.env, RACE_TYPEORM: testedTypeorm },
  });
}

/** Sends a message and waits for the answer of that type. */
async function tell<T extends RaceMessage['type']>(
  racer: ChildProcess,
  message: RaceJob | 'start',
  type: T,
): Promise<Extract<RaceMessage, { type: T }>> {
  const ended = new AbortController();
  const end = (code: number | null) => ended.abort(new Error(`a racer ended with ${code}`));
  racer.once('exit', end);
  try {
    const answer = once(racer, 'message', { signal: ended.signal });
    racer.send(message);
    const [received] = (await answer) as [RaceMessage];
    if (received.type === 'error') throw new Error(received.message);
    if (received.type !== type) throw new Error(`a racer answered ${received.type}, not ${type}`);
    return received as Extract<RaceMessage, { type: T }>;
  } finally {
    racer.off('exit', end);
  }
}
