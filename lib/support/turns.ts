import { AsyncLocalStorage } from 'node:async_hooks';

/** A task that is running. What it hands over itself goes one at a time as well, within its turn. */
interface Turn<Kind> {
  readonly owner: Turns<Kind>;
  readonly kind: Kind;
  readonly inner: Line;
  readonly outer: Turn<unknown> | undefined;
  isOver: boolean;
}

const turns = new AsyncLocalStorage<Turn<unknown>>();

/** Runs one task at a time, and the tasks of a task within its turn. */
export class Turns<Kind> {
  readonly #line = new Line();

  /** What the caller is a part of; `undefined` if no task of these has called it. */
  get kind(): Kind | undefined {
    return this.#turn()?.kind;
  }

  /** Whether the caller was called by a task of a kind that has ended meanwhile: nobody awaits it. */
  isLeftBehind(kind: Kind): boolean {
    for (let turn = turns.getStore(); turn; turn = turn.outer) {
      if (turn.owner === this && turn.isOver && turn.kind === kind) return true;
    }
    return false;
  }

  run<T>(kind: Kind, task: () => Promise<T>): Promise<T> {
    const line = this.#turn()?.inner ?? this.#line;
    const outer = turns.getStore();
    return line.run(async () => {
      const turn: Turn<Kind> = { owner: this, kind, inner: new Line(), outer, isOver: false };
      try {
        return await turns.run(turn, task);
      } finally {
        turn.isOver = true;
      }
    });
  }

  #turn(): Turn<Kind> | undefined {
    for (let turn = turns.getStore(); turn; turn = turn.outer) {
      // Of the same owner, it has the same kinds.
      if (turn.owner === this && !turn.isOver) return turn as Turn<Kind>;
    }
    return undefined;
  }
}

class Line {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
