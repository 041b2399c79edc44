import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import type { ProxyAnswer, ProxyRequest } from './messages';

/** A TCP proxy before a database, in a process of its own so that it takes no time of a peer. */
export class Proxy {
  /** The address of the database by way of the proxy. */
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, process: ChildProcess) {
    this.url = url;
    this.#process = process;
  }

  static async open(databaseUrl: string): Promise<Proxy> {
    const child = fork(require.resolve('./main'), {
      execArgv: ['-r', '@swc-node/register'],
    });
    const url = new URL(databaseUrl);
    const to = { host: url.hostname, port: Number(url.port) };
    url.port = String(await ask(child, { type: 'listen', to }));
    return new Proxy(url.href, child);
  }

  /** Adds this much to every round trip from now on. */
  async delay(delayMs: number): Promise<void> {
    await ask(this.#process, { type: 'delay', delayMs });
  }

  /** The round trips of all connections since the start. */
  roundTrips(): Promise<number> {
    return ask(this.#process, { type: 'count' });
  }

  async close(): Promise<void> {
    const end = once(this.#process, 'exit');
    this.#process.disconnect();
    await end;
  }
}

async function ask(child: ChildProcess, request: ProxyRequest): Promise<ProxyAnswer> {
  const ended = new AbortController();
  const end = () => ended.abort(new Error('the proxy ended'));
  child.once('exit', end);
  try {
    const answer = once(child, 'message', { signal: ended.signal });
    child.send(request);
    const [number] = (await answer) as [ProxyAnswer];
    return number;
  } finally {
    child.off('exit', end);
  }
}
