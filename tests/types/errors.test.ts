import { expectTypeOf } from 'expect-type';
import { ConcurrencyError, UnitOfWorkError } from '../../lib/index';
import type {
  AfterCommitError,
  CommitOutcomeUnknownError,
  ConcurrencyKind,
  Conflict,
  ConflictOperation,
  EntityKey,
  MappingError,
  TransactionFailedError,
  TransientError,
  UnitAbortedError,
  UnitClosedError,
  UsageError,
} from '../../lib/index';

class Account {
  owner: string;
}

abstract class Animal {
  name: string;
}

it('hands out conflicts with the type of their entities', () => {
  const accounts = (error: ConcurrencyError) => error.conflictsOf(Account);
  const animals = (error: ConcurrencyError) => error.conflictsOf(Animal);

  expectTypeOf(accounts).returns.toEqualTypeOf<Conflict<Account>[]>();
  expectTypeOf(animals).returns.toEqualTypeOf<Conflict<Animal>[]>();
  expectTypeOf<ConcurrencyError['conflicts']>().toEqualTypeOf<readonly Conflict[]>();
  expectTypeOf<Conflict['entity']>().toBeUnknown();
});

it('describes a conflict by values that nobody can assign', () => {
  expectTypeOf<Conflict<Account>>().toEqualTypeOf<{
    readonly entityName: string;
    readonly tableName: string;
    readonly key: EntityKey;
    readonly operation: ConflictOperation;
    readonly expectedVersion: number | null;
    readonly actualVersion: number | null;
    readonly changedTokens: readonly string[];
    readonly entity: Account;
  }>();
  expectTypeOf<EntityKey>().toEqualTypeOf<readonly unknown[]>();
  expectTypeOf<ConcurrencyKind>().toEqualTypeOf<
    'row-version' | 'serialization' | 'deadlock' | 'lock-timeout' | 'snapshot' | 'unique'
  >();
});

it('narrows what was caught', () => {
  expectTypeOf(ConcurrencyError.is).guards.toEqualTypeOf<ConcurrencyError>();
  expectTypeOf(ConcurrencyError.is).parameter(0).toBeUnknown();
  expectTypeOf(ConcurrencyError.find).toEqualTypeOf<
    (thrown: unknown) => ConcurrencyError | undefined
  >();
});

it('says how often a unit ran and why it gave up', () => {
  type Attempts = { attempts: number; gaveUp?: string };

  expectTypeOf<ConcurrencyError>().toExtend<Attempts>();
  expectTypeOf<TransientError>().toExtend<Attempts>();
  expectTypeOf<ConcurrencyError['replayable']>().toBeBoolean();
});

it('tells errors apart by name and code', () => {
  type Every =
    | AfterCommitError
    | CommitOutcomeUnknownError
    | ConcurrencyError
    | MappingError
    | TransactionFailedError
    | TransientError
    | UnitAbortedError
    | UnitClosedError
    | UsageError;

  expectTypeOf<Every>().toExtend<UnitOfWorkError>();
  expectTypeOf<
    Extract<Every, { code: 'UNIT_OF_WORK_CONFLICT' }>
  >().toEqualTypeOf<ConcurrencyError>();
  expectTypeOf<Extract<Every, { name: 'UsageError' }>>().toEqualTypeOf<UsageError>();
  expectTypeOf<AfterCommitError['result']>().toBeUnknown();
  expectTypeOf<UnitAbortedError['reason']>().toEqualTypeOf<'signal' | 'timeout'>();
});

it('has a root that nobody can throw', () => {
  // @ts-expect-error it is abstract
  expectTypeOf(() => new UnitOfWorkError('x')).toBeFunction();
});
