/** Lets nobody pass before as many have come as it was made for. */
export class Barrier {
  readonly #opened: Promise<void>;
  #open: () => void = () => undefined;
  #missing: number;

  constructor(count: number) {
    this.#missing = count;
    this.#opened = new Promise((resolve) => (this.#open = resolve));
  }

  pass(): Promise<void> {
    if (--this.#missing === 0) this.open();
    return this.#opened;
  }

  /** Lets everybody pass, for somebody will not come. */
  open(): void {
    this.#open();
  }
}
