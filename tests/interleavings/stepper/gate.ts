import { Socket } from 'node:net';

import type { Exchange, Wire } from '../wire/wire';
import type { Notice } from './notice';

/** Where a driver wants to go; pg connects the socket itself. */
interface DriverOptions {
  readonly config?: { readonly host: string; readonly port: number };
}

/**
 * Stands between a driver and its server and holds every statement until it is let through.
 *
 * It works on bytes, so it knows nothing of TypeORM or of the library: what a driver writes before the
 * server answers is one statement, however many messages that are. A BEGIN takes neither a snapshot
 * nor a lock, so it passes with whatever follows it: orders that differ there alone are the same.
 */
export class Gate {
  /** For TypeORM's `extra`: both drivers take a function that makes their socket. */
  readonly stream = ({ config }: DriverOptions = {}): Socket => {
    const socket = new GatedSocket(this);
    this.#sockets++;
    socket.on('data', (bytes: Buffer) => this.#exchange.received.push(bytes));
    return config ? socket.connect(config.port, config.host) : socket;
  };
  readonly #wire: Wire;
  readonly #notice: Notice;
  #isClosed = false;
  #sockets = 0;
  #held: { readonly bytes: Buffer; readonly pass: () => void } | undefined;
  #exchange: Exchange = { sent: [], received: [] };

  /** @param notice Raised whenever a statement arrives. */
  constructor(wire: Wire, notice: Notice) {
    this.#wire = wire;
    this.#notice = notice;
  }

  /** How many connections have been made. */
  get sockets(): number {
    return this.#sockets;
  }

  /** Whether a statement waits here. */
  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /** Whether a statement has gone through and nothing has come back. */
  get awaitsReply(): boolean {
    return this.#exchange.sent.length > 0 && this.#exchange.received.length === 0;
  }

  close(): void {
    this.#isClosed = true;
  }

  open(): void {
    this.#isClosed = false;
    if (this.#held) this.letThrough();
  }

  /** Sends the statement that waits. What comes back is added to the exchange as it comes. */
  letThrough(): Exchange {
    const held = this.#held;
    if (!held) throw new Error('no statement waits at this gate');
    this.#held = undefined;
    this.#pass(held.bytes, held.pass);
    return this.#exchange;
  }

  /** A statement arrives, or more of one that is on its way. */
  hold(bytes: Buffer, pass: () => void): void {
    if (this.awaitsReply) {
      this.#exchange.sent.push(bytes);
      pass();
    } else if (!this.#isClosed || this.#wire.isHarmless(bytes)) {
      this.#pass(bytes, pass);
    } else {
      this.#held = { bytes, pass };
      this.#notice.raise();
    }
  }

  #pass(bytes: Buffer, pass: () => void): void {
    this.#exchange = { sent: [bytes], received: [] };
    pass();
  }
}

type Done = (error?: Error | null) => void;
type Chunks = { chunk: Buffer; encoding: BufferEncoding }[];

/* oxlint-disable no-underscore-dangle -- what a stream does with its writes goes by these names */
class GatedSocket extends Socket {
  readonly #gate: Gate;

  constructor(gate: Gate) {
    super();
    this.#gate = gate;
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: Done): void {
    this.#gate.hold(chunk, () => super._write(chunk, encoding, done));
  }

  override _writev(chunks: Chunks, done: Done): void {
    const bytes = Buffer.concat(chunks.map(({ chunk }) => chunk));
    this.#gate.hold(bytes, () => super._writev!(chunks, done));
  }
}
