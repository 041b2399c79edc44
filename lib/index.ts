// Every public name, in the order in which a reader meets them.
export { unitOfWork } from './unit-of-work/run-unit-of-work';
export { configureUnitOfWork } from './unit-of-work/configure';
export { replayStatistics } from './unit-of-work/context';
export { InUnitOfWork } from './unit-of-work/in-unit-of-work';
export type { InUnitOfWorkOptions } from './unit-of-work/in-unit-of-work';
export type { WriteGuard } from './adapter/guard-writes';
export { deleteReceipts } from './unit-of-work/delete-receipts';
export type { DeleteReceiptsOptions } from './unit-of-work/delete-receipts';
export { currentUnitOfWork, outsideUnitOfWork } from './unit-of-work/ambient';
export type { UnitOfWork } from './unit-of-work/unit-of-work';
export type { FoundOrCreated } from './unit-of-work/find-or-create';
export type { UnitOfWorkOptions } from './unit-of-work/options';
export type { ReplayQueueOptions, UnitOfWorkDefaults } from './unit-of-work/defaults';
export type { IsolationLevel } from './dialect/dialect';

export {
  ConcurrencyToken,
  RowVersion,
  rowVersionColumn,
  Unversioned,
} from './adapter/row-version-decorator';
export { PartOf } from './adapter/part-of-decorator';
export { CreateUnitOfWorkReceipt1763769600000, UnitOfWorkReceipt } from './adapter/receipt-entity';
export type { RowVersionOptions } from './adapter/row-version-decorator';
export type { PartOfOptions } from './adapter/part-of-decorator';
export type { RootGuard } from './model/entity-model';

export { UnitOfWorkError } from './errors/unit-of-work-error';
export { ConcurrencyError } from './errors/concurrency-error';
export type { ConcurrencyKind, Conflict, ConflictOperation } from './errors/concurrency-error';
export { TransientError } from './errors/transient-error';
export { AlreadyAppliedError } from './errors/already-applied-error';
export type { GaveUpBy } from './errors/gave-up-by';
export { CommitOutcomeUnknownError } from './errors/commit-outcome-unknown-error';
export { AfterCommitError } from './errors/after-commit-error';
export { TransactionFailedError } from './errors/transaction-failed-error';
export { UnitAbortedError } from './errors/unit-aborted-error';
export { UnitClosedError } from './errors/unit-closed-error';
export { BoundError } from './errors/bound-error';
export { MappingError } from './errors/mapping-error';
export { UsageError } from './errors/usage-error';

export { defaultRetryPolicy } from './replay/default-retry-policy';
export { maxAttempts, maxElapsed } from './replay/limits';
export { constantBackoff, exponentialBackoff } from './replay/backoff';
export { decorrelatedJitter, fullJitter } from './replay/jitter';
export { escalateAfter } from './replay/escalate-after';
export { allOf, onlyIf } from './replay/combine';
export { noReplay } from './replay/retry-policy';
export { tokenBudget, unlimitedBudget } from './replay/retry-budget';
export type { RetryBudget, TokenBucketOptions } from './replay/retry-budget';
export type { ReplayStatistics } from './replay/replay-counts';
export type { FailedAttempt, RetryDecision, RetryPolicy } from './replay/retry-policy';
export type { RetryOptions } from './replay/retry-options';
export type { BackoffOptions } from './replay/backoff';
export type { Random } from './support/random';
export type { Amount } from './model/increment';
export type { EntityKey } from './model/entity-key';
export type { RowVersion as RowVersionNumber } from './model/row-version';
