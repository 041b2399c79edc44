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
  #hasBegun = false;

  constructor(options: PoolTurnOptions) {
    this.#options = options;
    this.#gate = options.host === undefined ? gateOf(options.dataSource) : openGate;
  }

  /**
   * Waits, before it has its first connection, until it is its turn, which stays its own until it is
   * taken or passed on. If it never comes, whoever takes it hears of that.
   *
   * @returns `undefined` if nobody has to wait.
   */
  reserve(): Promise<unknown> | undefined {
    if (this.#hasBegun || this.#reserved) return undefined;
    const pass = this.#gate.tryEnter();
    this.#reserved = pass ?? this.#wait();
    return pass ? undefined : Promise.allSettled([this.#reserved]);
  }

  /** Gives up what it has reserved. */
  passOn(): void {
    const reserved = this.#reserved;
    this.#reserved = undefined;
    if (!reserved) return;
    if ('leave' in reserved) reserved.leave();
    else reserved.then((pass) => pass.leave()).catch(() => undefined);
  }

  /**
   * Waits until it is its turn to take a connection; it must be left when that is back in the pool.
   *
   * @throws As the gate's `wait()` does.
   */
  async take(): Promise<Pass> {
    // What somebody is waiting for already may be given up again before it can be taken.
    for (let reserved = this.#reserved; reserved; reserved = this.#reserved) {
      const pass = await reserved;
      if (reserved !== this.#reserved) continue;
      this.#reserved = undefined;
      return this.#begin(pass);
    }
    return this.#begin(this.#gate.tryEnter() ?? (await this.#wait()));
  }

  #begin(pass: Pass): Pass {
    this.#hasBegun = true;
    return pass;
  }

  #wait(): Promise<Pass> {
    const { isAwaited, signal } = this.#options;
    return this.#gate.wait(this.#hasBegun || isAwaited(), signal);
  }
}
