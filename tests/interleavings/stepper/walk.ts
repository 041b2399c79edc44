import type { Course, Outcome, Step } from './course';
import type { Lane, Lanes } from './lane';
import { areStuck, readLockWaits } from './lock-waits';

export type Work = (lane: Lane) => Promise<unknown>;

// Longer than an answer takes as a rule. Who is not patient enough asks the server once too often.
const patienceMs = 2;
const timeoutMs = 20_000;

/** Units on their lanes, on their way through one order. */
export class Walk {
  readonly #lanes: Lanes;
  readonly #own: readonly Lane[];
  readonly #steps: Step[] = [];
  readonly #ends = new Map<Lane, { readonly last: number; readonly outcome: Outcome }>();
  /** Those that waited for a lock when the server was asked for the last time. */
  #waiting: readonly Lane[] = [];

  constructor(lanes: Lanes, own: readonly Lane[]) {
    this.#lanes = lanes;
    this.#own = own;
  }

  start(index: number, work: Work): void {
    const lane = this.#own[index]!;
    const end = (outcome: Outcome) => {
      this.#ends.set(lane, { last: this.#steps.length - 1, outcome });
      this.#lanes.notice.raise();
    };
    work(lane).then(
      (result) => end({ result }),
      (error: unknown) => end({ error }),
    );
  }

  /** The units whose next statement waits at its gate. */
  ready(): number[] {
    return this.#own.flatMap(({ gate }, index) => (gate.isHolding ? [index] : []));
  }

  go(unit: number): void {
    this.#steps.push({ unit, exchange: this.#own[unit]!.gate.letThrough() });
  }

  /** Waits until every unit has ended, is ready, or waits for a lock of one that is ready. */
  async settle(): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const moving = this.#moving();
      if (moving.length === 0) return;
      if (performance.now() > deadline) throw new Error(this.#complaint(moving));
      const areKnownToWait = moving.every((lane) => this.#waiting.includes(lane));
      if (!areKnownToWait && (await this.#somethingHappens())) continue;
      this.#waiting = (await this.#areStuck(moving)) ? moving : [];
      if (this.#waiting.length > 0) return;
    }
  }

  course(): Course {
    const lives = this.#own.map((lane, index) => {
      const first = this.#steps.findIndex(({ unit }) => unit === index);
      return { first, ...this.#ends.get(lane)! };
    });
    return { steps: this.#steps, lives };
  }

  /** Those that have not ended and have no statement at their gate. */
  #moving(): Lane[] {
    return this.#own.filter((lane) => !lane.gate.isHolding && !this.#ends.has(lane));
  }

  async #somethingHappens(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const happened = this.#lanes.notice.next.then(() => true);
    const isLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), patienceMs);
    });
    const hasHappened = await Promise.race([happened, isLate]);
    clearTimeout(timer);
    return hasHappened;
  }

  /** If nobody is ready, all wait for each other, and the server is about to choose a victim. */
  async #areStuck(moving: readonly Lane[]): Promise<boolean> {
    if (this.ready().length === 0) return false;
    const areWaiting = () => moving.every(({ gate }) => gate.awaitsReply);
    if (!areWaiting()) return false;
    const ids = moving.map(({ connection }) => connection);
    const waits = await readLockWaits(this.#lanes.database, ids);
    return areStuck(ids, waits) && areWaiting();
  }

  #complaint(moving: readonly Lane[]): string {
    const { wire } = this.#lanes;
    const last = moving.map((lane) => {
      const index = this.#own.indexOf(lane);
      const step = this.#steps.findLast(({ unit }) => unit === index);
      const sent = step ? wire.statementOf(Buffer.concat(step.exchange.sent)) : 'nothing';
      return `unit ${index} has sent ${sent}`;
    });
    const seconds = timeoutMs / 1_000;
    return `nothing has happened for ${seconds} s, and nobody waits for a lock: ${last.join('; ')}`;
  }
}
