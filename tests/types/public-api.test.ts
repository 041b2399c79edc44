import * as api from '../../lib/index';

it('has exactly these names that exist at run time', () => {
  expect(Object.keys(api).toSorted()).toEqual([
    'AfterCommitError',
    'CommitOutcomeUnknownError',
    'ConcurrencyError',
    'MappingError',
    'PartOf',
    'RowVersion',
    'TransactionFailedError',
    'TransientError',
    'UnitAbortedError',
    'UnitClosedError',
    'UnitOfWorkError',
    'Unversioned',
    'UsageError',
    'allOf',
    'configureUnitOfWork',
    'constantBackoff',
    'currentUnitOfWork',
    'decorrelatedJitter',
    'defaultRetryPolicy',
    'exponentialBackoff',
    'fullJitter',
    'maxAttempts',
    'maxElapsed',
    'noReplay',
    'onlyIf',
    'outsideUnitOfWork',
    'rowVersionColumn',
    'unitOfWork',
  ]);
});

it('has nothing but functions and classes', () => {
  expect(new Set(Object.values(api).map((value) => typeof value))).toEqual(new Set(['function']));
});
