/** Wakes whoever waits for something to happen. */
export class Notice {
  #happened: Promise<void>;
  #wake: () => void = () => undefined;

  constructor() {
    this.#happened = this.#renew();
  }

  /** Resolves when `raise` is called for the next time. */
  get next(): Promise<void> {
    return this.#happened;
  }

  raise(): void {
    const wake = this.#wake;
    this.#happened = this.#renew();
    wake();
  }

  #renew(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}
