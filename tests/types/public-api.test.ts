import * as api from '../../lib/index';

it('has exactly these names that exist at run time', () => {
  expect(Object.keys(api).toSorted()).toEqual([
    'AfterCommitError',
    'AlreadyAppliedError',
    'BoundError',
    'CommitOutcomeUnknownError',
    'ConcurrencyError',
    'ConcurrencyToken',
    'CreateUnitOfWorkReceipt1763769600000',
    'InUnitOfWork',
    'MappingError',
    'PartOf',
    'RowVersion',
    'TransactionFailedError',
    'TransientError',
    'UnitAbortedError',
    'UnitClosedError',
    'UnitOfWorkError',
    'UnitOfWorkReceipt',
    'Unversioned',
    'UsageError',
    'allOf',
    'configureUnitOfWork',
    'constantBackoff',
    'currentUnitOfWork',
    'decorrelatedJitter',
    'defaultRetryPolicy',
    'deleteReceipts',
    'escalateAfter',
    'exponentialBackoff',
    'fullJitter',
    'maxAttempts',
    'maxElapsed',
    'noReplay',
    'onlyIf',
    'outsideUnitOfWork',
    'replayStatistics',
    'rowVersionColumn',
    'tokenBudget',
    'unitOfWork',
    'unlimitedBudget',
  ]);
});

it('has nothing but functions, classes and one budget', () => {
  const { unlimitedBudget, ...others } = api;

  expect(Object.keys(unlimitedBudget)).toEqual(['tryTake', 'onCommit']);
  expect(new Set(Object.values(others).map((value) => typeof value))).toEqual(
    new Set(['function']),
  );
});
