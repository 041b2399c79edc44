import type { DataSource } from 'typeorm';
import { ConcurrencyError, defaultRetryPolicy, type RetryPolicy } from '../../lib/index';
import { conflictCode } from '../setup/conflict-code';
import { LedgerEntry, type PatchSet } from './entities';

type Entry = Omit<LedgerEntry, 'id'>;

const entryOf = (fields: Entry): LedgerEntry => Object.assign(new LedgerEntry(), fields);

export function submitted(
  operation: 'submit' | 'sweep',
  { changeId, patchSetId, revision }: PatchSet,
  attempt: number,
): LedgerEntry {
  return entryOf({ event: 'commit', operation, attempt, changeId, patchSetId, revision });
}

export const reviewed = (changeId: number, attempt: number): LedgerEntry =>
  entryOf({ event: 'commit', operation: 'review', attempt, changeId });

export const checked = (changeId: number, attempt: number): LedgerEntry =>
  entryOf({ event: 'commit', operation: 'check', attempt, changeId });

/** Notes what no transaction can note because it was rolled back. */
export class ConflictRecorder {
  readonly #dataSource: DataSource;
  readonly #pending = new Set<Promise<unknown>>();

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** The default policy, and a row for every failed attempt that it was asked about. */
  readonly policy: RetryPolicy = (failure) => {
    const { attempt, error, unitName: operation = 'unnamed' } = failure;
    const detail = ConcurrencyError.is(error) ? error.kind : error.name;
    this.#write({ event: 'conflict', operation, attempt, detail });
    const decision = defaultRetryPolicy(failure);
    if (decision.retry) this.#write({ event: 'replay', operation, attempt: attempt + 1 });
    return decision;
  };

  /**
   * Notes that an operation was refused: its author was told that nothing is stored.
   *
   * @throws {unknown} The error, if it is neither a conflict nor the database's refusal of one.
   */
  refused(operation: string, error: unknown): void {
    const message = String(error).slice(0, 200);
    if (ConcurrencyError.is(error)) {
      const { attempts: attempt } = error;
      this.#write({ event: 'refused', operation, attempt, detail: message });
    } else if (conflictCode(error) !== undefined) {
      this.#write({ event: 'conflict', operation, attempt: 1, detail: message });
      this.#write({ event: 'refused', operation, attempt: 1, detail: message });
    } else throw error;
  }

  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  #write(entry: Entry): void {
    const written = this.#dataSource.manager.insert(LedgerEntry, entry);
    this.#pending.add(written);
    // A failure is not forgotten: it stays pending, so that settled() throws it.
    void written.then(
      () => this.#pending.delete(written),
      () => undefined,
    );
  }
}
