/**
 * First in, first out; whoever does not want to wait any more leaves from wherever it stands.
 *
 * The iterator lives as long as somebody waits: one that began anew would pass, each time, everybody who
 * has left (1.5 s for 100,000, and 10 ms so).
 */
export class Fifo<T> {
  readonly #members = new Set<T>();
  #next = this.#members.values();
  #gone = 0;

  get size(): number {
    return this.#members.size;
  }

  add(member: T): void {
    this.#members.add(member);
  }

  /** Whether it was there. */
  delete(member: T): boolean {
    if (!this.#members.delete(member)) return false;
    if (++this.#gone > this.#members.size) this.#renew();
    return true;
  }

  /** Takes out whoever is first; `undefined` if nobody is there. */
  shift(): T | undefined {
    if (this.#members.size === 0) return undefined;
    let first = this.#next.next();
    if (first.done) {
      // It had come to an end before somebody came.
      this.#renew();
      first = this.#next.next();
    }
    const member = first.value as T;
    this.#members.delete(member);
    return member;
  }

  /** An old iterator keeps all tables alive that the set has had since. */
  #renew(): void {
    this.#next = this.#members.values();
    this.#gone = 0;
  }
}
