import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { testedTypeorm } from './tested-typeorm';

/** What a member of a crew answers; `ready` to a job, a result or an error to the start. */
export type CrewMessage<Result> =
  | { readonly type: 'ready' }
  | { readonly type: 'result'; readonly result: Result }
  | { readonly type: 'error'; readonly message: string };

/** Processes that do jobs together; starting one costs more than most jobs, so they serve many. */
export class Crew<Job extends object, Result> {
  readonly #script: string;
  #members: readonly ChildProcess[] = [];

  /** @param script A file that calls `serveCrew`. */
  constructor(script: string) {
    this.#script = script;
  }

  /**
   * Hands each process one job; all of them start when the last one is ready.
   *
   * @throws {Error} A process failed or ended. What another one still does would disturb the next jobs:
   * `end()` the crew.
   */
  async run(jobs: readonly Job[]): Promise<readonly Result[]> {
    const missing = Array.from({ length: Math.max(0, jobs.length - this.#members.length) });
    this.#members = [...this.#members, ...missing.map(() => startMember(this.#script))];
    const crew = this.#members.slice(0, jobs.length);
    await Promise.all(crew.map((member, index) => ask(member, jobs[index]!, 'ready')));
    const results = crew.map((member) => ask(member, 'start', 'result'));
    // The script's own word for it: a message has no type.
    return (await Promise.all(results)).map(({ result }) => result as Result);
  }

  /** Ends the processes, whatever they do. */
  async end(): Promise<void> {
    const running = this.#members.filter(isRunning);
    this.#members = [];
    const ends = running.map((member) => once(member, 'exit'));
    for (const member of running) member.kill('SIGKILL');
    await Promise.all(ends);
  }
}

function startMember(script: string): ChildProcess {
  const resolver = require.resolve('./race/resolve-typeorm.cjs');
  const member = fork(script, {
    execArgv: ['-r', resolver, '-r', '@swc-node/register'],
    env: { ...process.env, RACE_TYPEORM: testedTypeorm },
  });
  // A message cannot reach a process that is gone: its exit says more.
  member.on('error', () => undefined);
  return member;
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null;

async function ask<T extends CrewMessage<unknown>['type']>(
  member: ChildProcess,
  message: object | 'start',
  type: T,
): Promise<Extract<CrewMessage<unknown>, { type: T }>> {
  const ended = new AbortController();
  const end = () => ended.abort();
  if (!isRunning(member)) end();
  member.once('exit', end);
  try {
    const answer = once(member, 'message', { signal: ended.signal });
    member.send(message);
    const [received] = (await answer) as [CrewMessage<unknown>];
    if (received.type === 'error') throw new Error(received.message);
    if (received.type !== type) throw new Error(`a process answered ${received.type}, not ${type}`);
    return received as Extract<CrewMessage<unknown>, { type: T }>;
  } catch (error) {
    if (!ended.signal.aborted) throw error;
    const how = String(member.exitCode ?? member.signalCode);
    throw new Error(`a process of the crew ended with ${how}`, { cause: error });
  } finally {
    member.off('exit', end);
  }
}
