import { UsageError } from '../errors/usage-error';
import { flush } from '../flush/flush';
import type { FlushContext } from '../flush/flush-context';
import { writeChosen } from '../flush/write-chosen';
import { Turns } from '../support/turns';
import type { TrackedEntity } from '../tracking/tracked-entity';

/** What an attempt writes, one thing after the other. An error ends the unit. */
export class Writing {
  readonly #context: FlushContext;
  readonly #turns = new Turns<'write' | 'savepoint'>();
  readonly #fail: (error: unknown) => unknown;
  #pending = 0;

  constructor(context: FlushContext, fail: (error: unknown) => unknown) {
    this.#context = context;
    this.#fail = fail;
  }

  /** What was begun and has not ended. */
  get pending(): number {
    return this.#pending;
  }

  /** Whether what is being written has called. */
  get isInside(): boolean {
    return this.#turns.kind === 'write';
  }

  flush(): Promise<void> {
    return this.write(() => flush(this.#context));
  }

  write(work: () => Promise<void>): Promise<void> {
    return this.exclusively(() => this.run(work));
  }

  /** @throws {UsageError} It is called by what is being written itself. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    this.#refuseWithin();
    return this.#inTurn('write', work);
  }

  /** Runs a part of the unit; what others write waits for its end. */
  async inSavepoint<T>(part: () => Promise<T>): Promise<T> {
    this.#refuseWithin();
    return this.#inTurn('savepoint', part);
  }

  /**
   * Runs a method of TypeORM's manager, which listeners may call as well.
   *
   * @param work Is handed what writes: everything, or within a flush what the method is about.
   */
  byManager<T>(
    work: (write: (chosen: readonly TrackedEntity[]) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const isWithin = this.isInside;
    return this.#inTurn('write', () =>
      this.run(() =>
        work((chosen) => {
          if (!isWithin) return flush(this.#context);
          return chosen.length > 0 ? writeChosen(this.#context, chosen) : Promise.resolve();
        }),
      ),
    );
  }

  /** Nothing tells how far a write that failed had come. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return work().catch((error: unknown) => {
      throw this.#fail(error);
    });
  }

  #refuseWithin(): void {
    if (this.#turns.kind !== 'write') return;
    throw new UsageError(
      'a listener, and what findOrCreate() runs, cannot write: the unit is being written already',
    );
  }

  async #inTurn<T>(kind: 'write' | 'savepoint', work: () => Promise<T>): Promise<T> {
    if (this.#turns.isLeftBehind('savepoint')) {
      throw new UsageError(
        'the savepoint that this belongs to has ended: await all of its operations',
      );
    }
    this.#pending++;
    try {
      return await this.#turns.run(kind, work);
    } finally {
      this.#pending--;
    }
  }
}
