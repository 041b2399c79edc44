import type { DataSource } from 'typeorm';

import type { TestDatabase } from '../../setup/on-each-database';
import { sessionId } from '../../support/sessions';
import type { Wire } from '../wire/wire';
import { wireOf } from '../wire/wire-of';
import { Gate } from './gate';
import { Notice } from './notice';

/** What one unit runs on. Its pool has one connection: a process of its own would have no more. */
export class Lane {
  readonly source: DataSource;
  readonly gate: Gate;
  readonly #database: TestDatabase;
  #connection = 0;
  #sockets = 0;

  constructor(database: TestDatabase, source: DataSource, gate: Gate) {
    this.#database = database;
    this.source = source;
    this.gate = gate;
  }

  /** The server's number of the connection. */
  get connection(): number {
    return this.#connection;
  }

  /** Asks for that number again if there is another connection than the last time. */
  async prepare(): Promise<void> {
    if (this.gate.sockets === this.#sockets) return;
    this.#connection = await sessionId(this.#database, this.source.manager);
    this.#sockets = this.gate.sockets;
  }
}

/** The lanes of a database, and what is raised when something happens on one of them. */
export interface Lanes {
  readonly database: TestDatabase;
  readonly wire: Wire;
  readonly all: readonly Lane[];
  readonly notice: Notice;
}

export async function openLanes(database: TestDatabase, count: number): Promise<Lanes> {
  const notice = new Notice();
  const wire = wireOf(database.engine);
  const open = async (): Promise<Lane> => {
    const gate = new Gate(wire, notice);
    const extra = { stream: gate.stream, ...extraOf(database) };
    const source = await database.openSource({ poolSize: 1, extra });
    return new Lane(database, source, gate);
  };
  const all = await Promise.all(Array.from({ length: count }, open));
  return { database, wire, all, notice };
}

/**
 * PostgreSQL looks for deadlocks after a second, and there are thousands of orders; pg closes a
 * connection that nobody has used for ten seconds.
 */
function extraOf({ engine }: TestDatabase): object {
  if (engine !== 'postgres') return {};
  return { options: '-c deadlock_timeout=10ms', idleTimeoutMillis: 0 };
}
