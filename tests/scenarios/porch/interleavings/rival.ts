import type { TestDatabase } from '../../../setup/on-each-database';
import { letRivalAct, outcomeOf } from '../../../support/rivals';

/** Somebody who acts once, in the middle of what somebody else does. */
export class Rival<T> {
  readonly #database: TestDatabase;
  readonly #work: () => Promise<T>;
  #settled: Promise<PromiseSettledResult<T | { readonly error: string }>> | undefined;

  constructor(database: TestDatabase, work: () => Promise<T>) {
    this.#database = database;
    this.#work = work;
  }

  /** Returns when the rival has ended or waits for a lock; what is tried again meets nobody. */
  readonly act = async (): Promise<void> => {
    if (this.#settled) return;
    const { outcome } = await letRivalAct(this.#database, () => outcomeOf(this.#work()));
    this.#settled = outcome;
  };

  /** What the rival was told. */
  async outcome(): Promise<T | { readonly error: string }> {
    const settled = await this.#settled;
    if (!settled) throw new Error('the rival has not acted');
    if (settled.status === 'rejected') throw settled.reason;
    return settled.value;
  }
}
