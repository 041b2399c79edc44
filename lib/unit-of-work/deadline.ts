import { UnitAbortedError } from '../errors/unit-aborted-error';
import { listen, stopListening } from '../support/share-signal';

// A longer timer fires at once: https://nodejs.org/api/timers.html. Nobody waits 24 days for a unit.
const longestTimerMs = 2 ** 31 - 1;

/** Ends a unit when its caller aborts it or its time is up. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #source: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(signal: AbortSignal | undefined, timeoutMs: number | undefined) {
    this.#source = signal;
    if (signal?.aborted) this.#abortBySignal();
    else if (signal) listen(signal, this.#abortBySignal);
    if (timeoutMs !== undefined && timeoutMs <= longestTimerMs)
      this.#timer = setTimeout(() => this.#timeOut(timeoutMs), timeoutMs);
  }

  /** Aborted with an UnitAbortedError as its reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Lets go of the caller's signal and of the timer. */
  stop(): void {
    clearTimeout(this.#timer);
    if (this.#source) stopListening(this.#source, this.#abortBySignal);
  }

  readonly #abortBySignal = (): void => {
    const cause: unknown = this.#source?.reason;
    const message = 'The unit of work was aborted by its signal';
    this.#controller.abort(new UnitAbortedError('signal', message, { cause }));
  };

  #timeOut(timeoutMs: number): void {
    const message = `The unit of work took longer than ${timeoutMs} ms`;
    this.#controller.abort(new UnitAbortedError('timeout', message));
  }
}
