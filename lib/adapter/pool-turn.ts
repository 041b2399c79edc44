import type { DataSource } from 'typeorm';
import { gateOf, openGate, type Pass, type PoolGate } from './pool-gate';

interface PoolTurnOptions {
  readonly dataSource: DataSource;
  readonly signal: AbortSignal;
  /** Whether it goes before units that have not begun, though it has had no connection yet itself. */
  readonly isAwaited: () => boolean;
  /** Whose connection it is, if it is the caller's: nobody waits for that one. */
  readonly host?: unknown;
}

/** An attempt's turn to have a connection of the pool: one at a time. */
export class PoolTurn {
  readonly #gate: PoolGate;
  readonly #options: PoolTurnOptions;
  #reserved: Pass | Promise<Pass> | undefined;
  #waiting: AbortController | undefined;
  #hasBegun = false;

  constructor(options: PoolTurnOptions) {
    this.#options = options;
    this.#gate = options.host === undefined ? gateOf(options.dataSource) : openGate;
  }

  /**
   * Waits, before it has its first connection, until it is its turn. Whoever reserves it passes it on
   * when he does not need it any more. If it never comes, whoever takes it hears of that.
   *
   * @returns Whether it came; `undefined` if nobody has to wait.
   */
  reserve(): Promise<boolean> | undefined {
    if (this.#hasBegun) return undefined;
    const reserved = this.#reserved ?? this.#enter();
    if ('leave' in reserved) return undefined;
    return reserved.then(
      () => true,
      () => false,
    );
  }

  /** Gives up what is reserved and was not taken, and ends the wait for it. */
  passOn(): void {
    const reserved = this.#reserved;
    if (!reserved) return;
    this.#reserved = undefined;
    this.#waiting?.abort(new Error('the turn was passed on'));
    if ('leave' in reserved) reserved.leave();
    else reserved.then((pass) => pass.leave()).catch(() => undefined);
  }

  /**
   * Waits until it is its turn to take a connection; it must be left when that is back in the pool.
   *
   * @throws As the gate's `wait()` does.
   */
  async take(): Promise<Pass> {
    for (;;) {
      const reserved = this.#reserved ?? this.#enter();
      const outcome = await Promise.resolve(reserved).catch((error: unknown) => ({ error }));
      // It was passed on meanwhile.
      if (reserved !== this.#reserved) continue;
      this.#reserved = undefined;
      if ('error' in outcome) throw outcome.error;
      this.#hasBegun = true;
      return outcome;
    }
  }

  #enter(): Pass | Promise<Pass> {
    this.#reserved = this.#gate.tryEnter() ?? this.#wait();
    return this.#reserved;
  }

  async #wait(): Promise<Pass> {
    const { isAwaited, signal } = this.#options;
    const waiting = new AbortController();
    const abort = () => waiting.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    this.#waiting = waiting;
    try {
      return await this.#gate.wait(this.#hasBegun || isAwaited(), waiting.signal);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}
