import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * When a unit read a row: the statements of the load that brought it.
 *
 * One object per load, so that rows of one statement are known by it.
 */
export interface ReadPoint {
  readonly first: number;
  readonly last: number;
  /** Whether everything that was read then was read by one statement. */
  readonly isOneStatement: boolean;
}

/** Read elsewhere, before the unit began. */
export const readElsewhere: ReadPoint = { first: 0, last: 0, isOneStatement: true };

/** Whether a row was read before another one or by the same statement, so that it guards the other. */
export function wasReadBefore(one: ReadPoint, other: ReadPoint): boolean {
  return one === other ? one.isOneStatement : one.last < other.first;
}

/** The statements of one load, which may send several, while other loads send theirs. */
export class Load {
  /** What was loaded and is not tracked yet, each with what tracks it. */
  readonly noticed = new Map<object, () => void>();
  #first = 0;
  #last = 0;

  note(statement: number): void {
    if (this.#first === 0) this.#first = statement;
    this.#last = statement;
  }

  /** Rows that all came by one statement, though others may have prepared it. */
  get whole(): ReadPoint {
    return { first: this.#first, last: this.#last, isOneStatement: true };
  }

  /** Rows of the first statement. */
  get head(): ReadPoint {
    return { first: this.#first, last: this.#first, isOneStatement: true };
  }

  /** Rows of the statements that followed it, whichever they were. */
  get tail(): ReadPoint {
    return { first: this.#first + 1, last: this.#last, isOneStatement: false };
  }
}

// Counted for the whole process: only the order within one unit is ever asked for.
let statements = 0;
const loads = new AsyncLocalStorage<Load>();
const underWay = new WeakSet<Load>();

/** Counts a statement that is about to be sent, for the load that sends it. */
export function noteStatement(): void {
  statements++;
  loads.getStore()?.note(statements);
}

/** Runs a load whose statements are to be known; what nobody has claimed at its end is tracked then. */
export async function duringLoad<T>(run: (load: Load) => Promise<T>): Promise<T> {
  const load = new Load();
  underWay.add(load);
  try {
    const result = await loads.run(load, () => run(load));
    for (const track of load.noticed.values()) track();
    return result;
  } finally {
    underWay.delete(load);
  }
}

/** The load that the caller is a part of, if it has not ended. */
export function currentLoad(): Load | undefined {
  const load = loads.getStore();
  return load && underWay.has(load) ? load : undefined;
}

/** The statement that was sent last. */
export function latestStatement(): ReadPoint {
  return { first: statements, last: statements, isOneStatement: true };
}
