import type { DataSource } from 'typeorm';
import { abortable } from '../support/abortable';
import { Fifo } from '../support/fifo';
import { poolOptionsOf, type PoolOptions } from './pool-options';

/** A place among those who may have a connection of a pool. Whoever has one must leave it. */
export interface Pass {
  leave(): void;
}

type Admit = (pass: Pass) => void;

// So many of those who have begun go before one who has not: nobody is held up for good by units that
// read on and on.
const mostAhead = 7;

/**
 * Lets units have the connections of a pool in turn: whoever has begun goes before those who have not.
 *
 * A pool serves one line. If more units come than it can serve, each waits in it between its read and
 * its write as long as it waited before its read. By then others have written, and nearly all are lost:
 * a database that could do the work does none. Nobody waits here who would not wait in the pool; but the
 * turn may be another: whoever holds a lock, and awaits a unit that he has not begun himself, may see
 * those go before it who want his lock.
 *
 * @see H.-U. Heiss and R. Wagner, Adaptive load control in transaction processing systems, VLDB 1991
 */
export class PoolGate {
  readonly #options: PoolOptions;
  readonly #begun = new Fifo<Admit>();
  readonly #others = new Fifo<Admit>();
  readonly #outside = new Fifo<() => void>();
  #isCalling = false;
  #inside = 0;
  /** How many of those who have begun were called since one was who had not. */
  #ahead = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#inside >= this.#options.width;
  }

  /** Goes in at once, if there is room. */
  tryEnter(): Pass | undefined {
    if (this.isFull) return undefined;
    this.#inside++;
    return this.#pass();
  }

  /**
   * Waits, with nothing begun, while as many wait to go in first as can be inside: to begin more would
   * take the time that others need to end. Of units that came three times as fast as they could be run,
   * one in fifty ended while they came.
   *
   * They wait for nobody who does not wait here himself: whatever a unit does before it wants a
   * connection, others are called meanwhile.
   *
   * @returns `undefined` if nobody has to wait.
   * @throws As `wait()` does.
   */
  standBack(signal: AbortSignal): Promise<void> | undefined {
    if (!this.#isCrowded && this.#outside.size === 0) return undefined;
    const called = this.#stand<void>(this.#outside, signal);
    this.#callSoon();
    return called;
  }

  /**
   * Waits for its turn to go in.
   *
   * @throws The signal's reason, if it is aborted meanwhile; what the pool would say, if that takes
   *   longer than the pool lets anybody wait.
   */
  async wait(hasBegun: boolean, signal: AbortSignal): Promise<Pass> {
    const line = hasBegun ? this.#begun : this.#others;
    try {
      return await this.#stand(line, signal, (pass) => pass.leave());
    } finally {
      this.#callSoon();
    }
  }

  /** @param decline Told what it was called for when it was aborted already. */
  async #stand<T>(
    line: Fifo<(calledFor: T) => void>,
    signal: AbortSignal,
    decline: (calledFor: T) => void = () => {},
  ): Promise<T> {
    const { patienceMs } = this.#options;
    let call: (calledFor: T) => void = () => {};
    let timer: NodeJS.Timeout | undefined;
    const called = new Promise<T>((resolve, reject) => {
      call = resolve;
      line.add(call);
      if (patienceMs <= 0) return;
      timer = setTimeout(() => {
        // pg-pool's words.
        if (line.delete(call)) reject(new Error('timeout exceeded when trying to connect'));
      }, patienceMs).unref();
    });
    try {
      return await abortable(called, signal);
    } catch (error) {
      if (signal.aborted && !line.delete(call)) called.then(decline).catch(() => {});
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  get #isCrowded(): boolean {
    return this.#others.size >= this.#options.width;
  }

  /** Calls as many as there is room for, when those who were called before have had the time to come. */
  #callSoon(): void {
    if (this.#isCalling || this.#isCrowded || this.#outside.size === 0) return;
    this.#isCalling = true;
    setImmediate(() => {
      this.#isCalling = false;
      for (let room = this.#options.width - this.#others.size; room > 0; room--) {
        this.#outside.shift()?.();
      }
      this.#callSoon();
    });
  }

  #pass(): Pass {
    let isInside = true;
    return {
      leave: () => {
        if (!isInside) return;
        isInside = false;
        this.#inside--;
        this.#admitNext();
      },
    };
  }

  #admitNext(): void {
    const isOthersTurn = this.#begun.size === 0 || this.#ahead >= mostAhead;
    const line = isOthersTurn && this.#others.size > 0 ? this.#others : this.#begun;
    const admit = line.shift();
    if (!admit) return;
    this.#ahead = line === this.#others ? 0 : this.#ahead + 1;
    this.#inside++;
    admit(this.#pass());
  }
}

/** Where nobody waits. */
export const openGate = new PoolGate({ width: Infinity, patienceMs: 0 });

const gates = new WeakMap<object, PoolGate>();

/** The gate before the pool of a data source: one that is initialized again has another pool. */
export function gateOf(dataSource: DataSource): PoolGate {
  const { master, pool, poolCluster } = dataSource.driver as PooledDriver;
  const key = master ?? pool ?? poolCluster ?? dataSource;
  let gate = gates.get(key);
  if (!gate) {
    gate = new PoolGate(poolOptionsOf(dataSource.driver));
    gates.set(key, gate);
  }
  return gate;
}

/** Where the drivers of TypeORM keep the pool of the server that is written to. */
interface PooledDriver {
  readonly master?: object;
  readonly pool?: object;
  readonly poolCluster?: object;
}
