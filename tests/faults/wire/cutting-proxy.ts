import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * What becomes of a message to the server:
 * `lose-request`: it does not arrive, and the connection is cut;
 * `lose-answer`: it arrives, and the connection is cut when it is answered;
 * `delay`: the client is cut off at once, and the message arrives a while later;
 * `hang`: it arrives a while later, and is answered if the client still waits.
 */
export type Fate = 'lose-request' | 'lose-answer' | 'delay' | 'hang';

const lateMs = 300;

/** Decides on a message by its number, counted from 1 since `arm()`; `undefined`: it passes. */
export type Decide = (number: number, isCommit: boolean) => Fate | undefined;

/** One connection of a client, and the one to the server behind it. */
interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
  onAnswer: 'pass' | 'cut' | 'pass if awaited';
  /** Whether the server keeps its connection when the client has gone. */
  outlivesClient: boolean;
}

/** A proxy before a server that lets one message after the other meet its fate. */
export class CuttingProxy {
  readonly #listener: Server;
  readonly #target: URL;
  readonly #links = new Set<Link>();
  /** Resolve when the server has answered what was cut or held, or has lost its connection. */
  readonly #unsettled = new Set<Promise<void>>();
  #decide: Decide = () => undefined;
  #onFate: (fate: Fate, isCommit: boolean) => void = () => undefined;
  #messages = 0;

  private constructor(url: string) {
    this.#target = new URL(url);
    this.#listener = createServer({ noDelay: true }, (client) => this.#join(client));
  }

  static async open(url: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(url);
    await new Promise<void>((resolve) => proxy.#listener.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The way to the database through this proxy. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String((this.#listener.address() as AddressInfo).port);
    return url.href;
  }

  /** Messages since `arm()`. */
  get messages(): number {
    return this.#messages;
  }

  arm(decide: Decide, onFate: (fate: Fate, isCommit: boolean) => void): void {
    this.#messages = 0;
    this.#decide = decide;
    this.#onFate = onFate;
  }

  /** Lets everything pass, and waits until nothing that was sent before can arrive any more. */
  async disarm(): Promise<void> {
    this.#decide = () => undefined;
    while (this.#unsettled.size > 0) await Promise.all(this.#unsettled);
  }

  close(): void {
    for (const { client, upstream } of this.#links) {
      client.destroy();
      upstream.destroy();
    }
    this.#listener.close();
  }

  #join(client: Socket): void {
    const { hostname: host, port } = this.#target;
    const upstream = connect({ host, port: Number(port), noDelay: true });
    const link: Link = { client, upstream, onAnswer: 'pass', outlivesClient: false };
    this.#links.add(link);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    let last = Promise.resolve();
    client.on('data', (bytes) => {
      const number = ++this.#messages;
      last = last.then(() => this.#forward(link, bytes, number));
    });
    upstream.on('data', (bytes) => answer(link, bytes));
    client.on('close', () => {
      if (!link.outlivesClient) upstream.destroy();
    });
    upstream.on('close', () => {
      client.destroy();
      this.#links.delete(link);
    });
  }

  async #forward(link: Link, bytes: Buffer, number: number): Promise<void> {
    const { client, upstream } = link;
    const isCommit = /\bCOMMIT\b/.test(bytes.toString('latin1'));
    const fate = upstream.destroyed ? undefined : this.#decide(number, isCommit);
    if (fate !== undefined) {
      this.#onFate(fate, isCommit);
      this.#keepWaiting(link, fate);
    }
    if (fate === 'lose-request') {
      // A client learns of it by an end or by a reset.
      if (number % 2 === 0) client.resetAndDestroy();
      else client.destroy();
      upstream.destroy();
      return;
    }
    if (fate === 'lose-answer') link.onAnswer = 'cut';
    if (fate === 'delay') {
      link.onAnswer = 'cut';
      link.outlivesClient = true;
      client.destroy();
      await wait(lateMs);
    }
    if (fate === 'hang') {
      link.onAnswer = 'pass if awaited';
      link.outlivesClient = true;
      await wait(lateMs);
    }
    upstream.write(bytes);
  }

  #keepWaiting({ upstream }: Link, fate: Fate): void {
    const settled = new Promise<void>((resolve) => {
      upstream.once('close', () => resolve());
      if (fate === 'hang') upstream.once('data', () => resolve());
    });
    this.#unsettled.add(settled);
    void settled.then(() => this.#unsettled.delete(settled));
  }
}

function answer(link: Link, bytes: Buffer): void {
  const { client, upstream } = link;
  const isAwaited = link.onAnswer === 'pass' || !client.destroyed;
  if (link.onAnswer === 'cut' || !isAwaited) {
    client.destroy();
    upstream.destroy();
    return;
  }
  link.onAnswer = 'pass';
  link.outlivesClient = false;
  client.write(bytes);
}
