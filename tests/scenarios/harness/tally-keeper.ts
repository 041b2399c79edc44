import { conflictCode } from '../../../examples/setup/conflict-code';
import { ConcurrencyError, TransientError } from '../../../lib/index';
import type { Tally } from '../scenario';

/** Notes how the operations of one process ended. */
export class TallyKeeper {
  readonly #refused: Record<string, number> = {};
  readonly #unexpected: string[] = [];
  readonly #attempts: (number | undefined)[] = [];
  readonly #attemptsOf: Record<string, (number | undefined)[]> = {};
  readonly #counts: Record<string, number> = {};
  #operations = 0;
  #committed = 0;

  /**
   * Runs an operation and notes its end, so it never throws.
   *
   * @param operation Says how many attempts it took, besides whatever else.
   * @returns What the operation answered; undefined if it was refused.
   */
  async run<T extends { readonly attempts: number }>(
    kind: string,
    operation: () => Promise<T>,
  ): Promise<T | undefined> {
    this.#operations++;
    try {
      const done = await operation();
      this.#committed++;
      this.#noteAttempts(kind, done.attempts);
      return done;
    } catch (error) {
      this.#noteError(kind, error);
      return undefined;
    }
  }

  count(what: string, by = 1): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + by;
  }

  tally(): Tally {
    return {
      operations: this.#operations,
      committed: this.#committed,
      refused: this.#refused,
      unexpected: this.#unexpected,
      attempts: withoutGaps(this.#attempts),
      attemptsOf: Object.fromEntries(
        Object.entries(this.#attemptsOf).map(([kind, counts]) => [kind, withoutGaps(counts)]),
      ),
      counts: this.#counts,
    };
  }

  #noteError(kind: string, error: unknown): void {
    const name = refusalOf(error);
    if (name === undefined) {
      const text = error instanceof Error ? String(error.stack) : String(error);
      this.#unexpected.push(`${kind}: ${text}`);
      return;
    }
    this.#refused[name] = (this.#refused[name] ?? 0) + 1;
    this.#noteAttempts(kind, (error as { readonly attempts?: number }).attempts ?? 1);
  }

  #noteAttempts(kind: string, attempts: number): void {
    const ofKind = (this.#attemptsOf[kind] ??= []);
    for (const histogram of [this.#attempts, ofKind]) {
      histogram[attempts - 1] = (histogram[attempts - 1] ?? 0) + 1;
    }
  }
}

/** A message between processes has no empty places. */
const withoutGaps = (counts: readonly (number | undefined)[]): number[] =>
  Array.from(counts, (count = 0) => count);

/** What the library says beneath each of these names is typed; the others are a driver's own errors. */
export const typedRefusal = /^(ConcurrencyError|TransientError)\b/;

function refusalOf(error: unknown): string | undefined {
  if (ConcurrencyError.is(error)) return `ConcurrencyError ${error.kind}`;
  if (error instanceof TransientError) return error.name;
  const code = conflictCode(error);
  return code === undefined ? undefined : `database ${code}`;
}
