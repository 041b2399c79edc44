/**
 * Counts the round trips of one connection: a burst of the client that follows words of the server.
 *
 * A burst that arrives in several pieces is one, and so are statements sent in a row without
 * waiting for the answer of the first.
 */
export class RoundTrips {
  #count = 0;
  #isAsking = false;

  get count(): number {
    return this.#count;
  }

  clientSpoke(): void {
    if (!this.#isAsking) this.#count++;
    this.#isAsking = true;
  }

  serverSpoke(): void {
    this.#isAsking = false;
  }
}
