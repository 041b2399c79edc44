import { expectTypeOf } from 'expect-type';
import {
  allOf,
  configureUnitOfWork,
  constantBackoff,
  decorrelatedJitter,
  defaultRetryPolicy,
  escalateAfter,
  exponentialBackoff,
  fullJitter,
  maxAttempts,
  maxElapsed,
  noReplay,
  onlyIf,
  replayStatistics,
  tokenBudget,
  unlimitedBudget,
} from '../../lib/index';
import type {
  BackoffOptions,
  ConcurrencyError,
  FailedAttempt,
  GaveUpBy,
  Random,
  ReplayStatistics,
  RetryBudget,
  RetryDecision,
  RetryOptions,
  RetryPolicy,
  TransientError,
  UnitOfWorkDefaults,
  UnitOfWorkOptions,
} from '../../lib/index';

it('is a function of the failure', () => {
  expectTypeOf<RetryPolicy>().toEqualTypeOf<(failure: FailedAttempt) => RetryDecision>();
  expectTypeOf<FailedAttempt>().toEqualTypeOf<{
    readonly attempt: number;
    readonly failures?: number | undefined;
    readonly elapsedMs: number;
    readonly error: ConcurrencyError | TransientError;
    readonly unitName?: string | undefined;
    readonly previousDelayMs?: number | undefined;
  }>();
});

it('decides for a wait or gives a reason, never both', () => {
  expectTypeOf({ retry: true, delayMs: 5 } as const).toExtend<RetryDecision>();
  expectTypeOf({ retry: true, delayMs: 5, lock: true } as const).toExtend<RetryDecision>();
  expectTypeOf({ retry: false, reason: 'x' } as const).toExtend<RetryDecision>();
  expectTypeOf({ retry: true } as const).not.toExtend<RetryDecision>();
  expectTypeOf({ retry: false } as const).not.toExtend<RetryDecision>();
  expectTypeOf(5).not.toExtend<RetryDecision>();
});

it('cannot be asynchronous: nobody waits before the wait', () => {
  expectTypeOf<() => Promise<RetryDecision>>().not.toExtend<RetryPolicy>();
});

it('is made and combined by functions that answer policies', () => {
  expectTypeOf(maxAttempts).toEqualTypeOf<(count: number) => RetryPolicy>();
  expectTypeOf(maxElapsed).toEqualTypeOf<(ms: number) => RetryPolicy>();
  expectTypeOf(escalateAfter).toEqualTypeOf<(count?: number) => RetryPolicy>();
  expectTypeOf(constantBackoff).toEqualTypeOf<(ms: number) => RetryPolicy>();
  expectTypeOf(exponentialBackoff).toEqualTypeOf<(options: BackoffOptions) => RetryPolicy>();
  expectTypeOf(fullJitter).toEqualTypeOf<(policy: RetryPolicy, random?: Random) => RetryPolicy>();
  expectTypeOf(decorrelatedJitter).toEqualTypeOf<
    (options: BackoffOptions, random?: Random) => RetryPolicy
  >();
  expectTypeOf(allOf).toEqualTypeOf<(...policies: readonly RetryPolicy[]) => RetryPolicy>();
  expectTypeOf(onlyIf).toEqualTypeOf<
    (predicate: (error: ConcurrencyError | TransientError) => boolean) => RetryPolicy
  >();
  expectTypeOf(noReplay).toEqualTypeOf<RetryPolicy>();
  expectTypeOf(defaultRetryPolicy).toEqualTypeOf<RetryPolicy>();
});

it('takes chance as Math.random gives it', () => {
  expectTypeOf(Math.random).toExtend<Random>();
  expectTypeOf<Random>().returns.toBeNumber();
});

it('is what a unit takes, or options by name', () => {
  expectTypeOf<UnitOfWorkOptions['retry']>().toEqualTypeOf<
    RetryPolicy | RetryOptions | undefined
  >();
  expectTypeOf<RetryOptions>().toEqualTypeOf<{
    readonly maxAttempts?: number | undefined;
    readonly maxElapsedMs?: number | undefined;
    readonly baseMs?: number | undefined;
    readonly capMs?: number | undefined;
    readonly lockFromAttempt?: number | undefined;
  }>();
});

it('leaves what units share to a budget of the data source', () => {
  expectTypeOf<RetryBudget>().toEqualTypeOf<{
    tryTake(failure: FailedAttempt): boolean;
    onCommit(): void;
  }>();
  expectTypeOf(tokenBudget()).toEqualTypeOf<RetryBudget>();
  expectTypeOf(unlimitedBudget).toEqualTypeOf<RetryBudget>();
  expectTypeOf(configureUnitOfWork).parameter(1).toEqualTypeOf<UnitOfWorkDefaults>();
  expectTypeOf<UnitOfWorkDefaults['budget']>().toEqualTypeOf<RetryBudget | undefined>();
  expectTypeOf<'budget'>().not.toExtend<keyof UnitOfWorkOptions>();
});

it('says who refused a further attempt', () => {
  expectTypeOf<ConcurrencyError['gaveUpBy']>().toEqualTypeOf<GaveUpBy | undefined>();
  expectTypeOf<TransientError['gaveUpBy']>().toEqualTypeOf<GaveUpBy | undefined>();
  expectTypeOf(replayStatistics).returns.toEqualTypeOf<ReplayStatistics>();
  expectTypeOf<keyof ReplayStatistics['gaveUp']>().toEqualTypeOf<GaveUpBy>();
});
