import { setTimeout as wait } from 'node:timers/promises';

import type { Ledger, Pair } from '../ledger/ledger';

const pauseMs = 3;

/** Somebody else who keeps paying 1 into both accounts, on connections that nothing cuts. */
export class Rival {
  /** How much was paid in, account by account. */
  readonly deposits: [number, number] = [0, 0];
  readonly #ledger: Ledger;
  readonly #pair: Pair;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(ledger: Ledger, pair: Pair) {
    this.#ledger = ledger;
    this.#pair = pair;
  }

  async deposit(index: 0 | 1): Promise<void> {
    await this.#ledger.deposit(this.#pair[index]);
    this.deposits[index]++;
  }

  /** Keeps at it until `stop()`. */
  start(): void {
    this.#running ??= this.#keepDepositing();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #keepDepositing(): Promise<void> {
    for (let index: 0 | 1 = 0; !this.#isStopped; index = index === 0 ? 1 : 0) {
      await this.deposit(index);
      await wait(pauseMs);
    }
  }
}
