/** A piece of work and the moment, in milliseconds of `performance.now()`, when it is due. */
interface Entry {
  readonly due: number;
  readonly work: () => void;
}

/**
 * Runs pieces of work in order, each a fixed time after it was pushed, exact to a few microseconds.
 *
 * A timer alone is off by a millisecond, so the rest of the wait is spun away. It must live in a
 * process of its own: whoever waits for it needs the time to itself.
 */
export class DelayLine {
  readonly #entries: Entry[] = [];
  #isRunning = false;

  push(delayMs: number, work: () => void): void {
    if (delayMs === 0 && this.#entries.length === 0) {
      work();
      return;
    }
    this.#entries.push({ due: performance.now() + delayMs, work });
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#run();
  }

  #run(): void {
    const now = performance.now();
    while (this.#entries[0] && this.#entries[0].due <= now) this.#entries.shift()?.work();
    const [next] = this.#entries;
    if (!next) this.#isRunning = false;
    // A timer of 1 ms may fire after 2.
    else if (next.due - now > 2.1) setTimeout(() => this.#run(), 1);
    else setImmediate(() => this.#run());
  }
}
