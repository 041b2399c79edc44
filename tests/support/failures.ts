import type { FailedAttempt, RetryPolicy } from '../../lib/index';

/** Counts by kind what a policy is asked about, that is every attempt that failed and could be replayed. */
export class Failures {
  readonly #counts = new Map<string, number>();

  /** The same policy, counted. */
  count(policy: RetryPolicy): RetryPolicy {
    return (failure) => {
      const kind = kindOf(failure);
      this.#counts.set(kind, this.of(kind) + 1);
      return policy(failure);
    };
  }

  of(kind: string): number {
    return this.#counts.get(kind) ?? 0;
  }

  toString(): string {
    const counts = [...this.#counts].map(([kind, count]) => `${count} ${kind}`);
    return counts.join(', ') || 'none';
  }
}

function kindOf({ error }: FailedAttempt): string {
  return 'kind' in error ? error.kind : error.name;
}
