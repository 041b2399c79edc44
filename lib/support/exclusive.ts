import { AsyncLocalStorage } from 'node:async_hooks';

const running = new AsyncLocalStorage<ReadonlySet<Exclusive>>();

/** Runs one task at a time, in the order in which they were handed over. */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve();

  /** Whether the caller is called by a task that is running, which would wait for itself. */
  get isInside(): boolean {
    return running.getStore()?.has(this) ?? false;
  }

  run<T>(task: () => Promise<T>): Promise<T> {
    const inside = new Set([...(running.getStore() ?? []), this]);
    const result = this.#last.then(() => running.run(inside, task));
    this.#last = result.catch(() => undefined);
    return result;
  }
}
