import { EventEmitter, once } from 'node:events';

/** Wakes the workers of one process. */
export class Bell {
  readonly #rings = new EventEmitter().setMaxListeners(0);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  ring(): void {
    this.#count++;
    this.#rings.emit('ring');
  }

  /** Waits until it has rung more often than `count`, or for so long: a poll finds what it missed. */
  async rungSince(count: number, mostMs: number): Promise<void> {
    if (this.#count > count) return;
    const signal = AbortSignal.timeout(mostMs);
    await once(this.#rings, 'ring', { signal }).catch(() => undefined);
  }
}
