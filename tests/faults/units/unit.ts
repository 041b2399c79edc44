import type { DataSource } from 'typeorm';

import type { IsolationLevel, RetryPolicy } from '../../../lib/index';
import type { Answer } from '../ledger/judge';
import type { Kind } from '../ledger/kinds';
import type { Pair } from '../ledger/ledger';

/** One unit, as its client wants it. */
export interface Plan {
  readonly id: string;
  readonly kind: Kind;
  readonly pair: Pair;
  readonly amount: number;
  readonly isolation: IsolationLevel | undefined;
  readonly exactlyOnce: boolean;
  readonly retry: RetryPolicy;
  readonly signal?: AbortSignal | undefined;
}

/** What a unit lets others know. */
export interface Hooks {
  /** The function has read what it changes. */
  readonly onRun: () => Promise<void>;
  readonly onCommitted: () => void;
}

export interface Told {
  readonly answer: Answer;
  readonly error?: unknown;
}

export type Runner = (source: DataSource, plan: Plan, hooks: Hooks) => Promise<Told>;
