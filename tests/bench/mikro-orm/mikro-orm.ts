import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { newAccount } from '../account';
import { keysOf, type Peer, type Target } from '../peers/peer';
import type { Installation } from './installation';

/** What the process answers: that it is ready, the time of a job, or why it failed. */
interface Answer {
  readonly ready?: boolean;
  readonly ms?: number;
  readonly error?: string;
}

/** MikroORM, measured by the clock of its own process. */
export async function openMikroOrm(
  { node, folder }: Installation,
  { engine, url }: Target,
): Promise<Peer> {
  const child = fork(join(__dirname, 'peer-process.mjs'), [folder, engine, url], {
    execPath: node,
    execArgv: ['--expose-gc'],
  });
  await answerOf(child);
  return {
    name: 'mikro-orm',
    run: async (job) => {
      const isInsert = job.operation === 'insert';
      const newRows = job.units.map((keys) => (isInsert ? keysOf(keys).map(newAccount) : []));
      child.send({ ...job, newRows });
      const { ms } = await answerOf(child);
      if (ms === undefined) throw new Error('MikroORM answered no time');
      return ms;
    },
    close: async () => {
      const end = once(child, 'exit');
      child.disconnect();
      await end;
    },
  };
}

/** @throws {Error} The process failed or ended. */
async function answerOf(child: ChildProcess): Promise<Answer> {
  const ended = new AbortController();
  const end = () => ended.abort(new Error('the process of MikroORM ended'));
  child.once('exit', end);
  try {
    const [answer] = (await once(child, 'message', { signal: ended.signal })) as [Answer];
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error;
  } finally {
    child.off('exit', end);
  }
}
