import { AfterCommitError } from '../../../lib/errors/after-commit-error';
import { CommitOutcomeUnknownError } from '../../../lib/errors/commit-outcome-unknown-error';
import { ConcurrencyError } from '../../../lib/errors/concurrency-error';
import { MappingError } from '../../../lib/errors/mapping-error';
import { TransactionFailedError } from '../../../lib/errors/transaction-failed-error';
import { TransientError } from '../../../lib/errors/transient-error';
import { UnitAbortedError } from '../../../lib/errors/unit-aborted-error';
import { UnitClosedError } from '../../../lib/errors/unit-closed-error';
import { UnitOfWorkError } from '../../../lib/errors/unit-of-work-error';
import { UsageError } from '../../../lib/errors/usage-error';

const cause = new Error('the first failure');
const errors: [string, string, UnitOfWorkError][] = [
  ['AfterCommitError', 'UNIT_OF_WORK_AFTER_COMMIT', new AfterCommitError(1, [cause])],
  [
    'CommitOutcomeUnknownError',
    'UNIT_OF_WORK_COMMIT_UNKNOWN',
    new CommitOutcomeUnknownError('x', { cause }),
  ],
  ['ConcurrencyError', 'UNIT_OF_WORK_CONFLICT', new ConcurrencyError('unique', [], { cause })],
  ['MappingError', 'UNIT_OF_WORK_MAPPING', new MappingError('x', { cause })],
  [
    'TransactionFailedError',
    'UNIT_OF_WORK_TRANSACTION_FAILED',
    new TransactionFailedError('x', { cause }),
  ],
  ['TransientError', 'UNIT_OF_WORK_TRANSIENT', new TransientError('x', { cause })],
  ['UnitAbortedError', 'UNIT_OF_WORK_ABORTED', new UnitAbortedError('signal', 'x', { cause })],
  ['UnitClosedError', 'UNIT_OF_WORK_CLOSED', new UnitClosedError('x', { cause })],
  ['UsageError', 'UNIT_OF_WORK_USAGE', new UsageError('x', { cause })],
];

it.each(errors)('%s has a name and a code that no minifier changes', (name, code, error) => {
  expect(error).toMatchObject({ name, code, cause });
});

it.each(errors)('%s is an error of this library, with a stack', (name, _code, error) => {
  expect(error).toBeInstanceOf(UnitOfWorkError);
  expect(error).toBeInstanceOf(Error);
  expect(error.stack).toContain('errors.test.ts');
  expect(String(error)).toMatch(new RegExp(`^${name}: .`));
});

it('tells every error by its code', () => {
  expect(new Set(errors.map(([, , { code }]) => code)).size).toBe(errors.length);
});

it('keeps the result of a unit that is committed, and everything that failed afterwards', () => {
  const result = { id: 7 };
  const second = new Error('second');

  const error = new AfterCommitError(result, [cause, second]);

  expect(error.result).toBe(result);
  expect(error.errors).toEqual([cause, second]);
  expect(error.cause).toBe(cause);
});

it('says who gave a unit up', () => {
  expect(new UnitAbortedError('timeout', 'x').reason).toBe('timeout');
  expect(new UnitAbortedError('signal', 'x').reason).toBe('signal');
});

it('counts the first run of a unit that met a passing fault', () => {
  expect(new TransientError('x').attempts).toBe(1);
  expect(new TransientError('x').gaveUp).toBeUndefined();
});
