import {
  ConcurrencyError,
  type Conflict,
  type ConcurrencyKind,
} from '../../../lib/errors/concurrency-error';

class Account {}
class Savings extends Account {}
class Order {}

const conflict = (changes: Partial<Conflict> = {}): Conflict => ({
  entityName: 'Account',
  tableName: 'account',
  key: [7],
  operation: 'update',
  expectedVersion: 3,
  actualVersion: 4,
  changedTokens: [],
  entity: new Account(),
  ...changes,
});

it('says which row expected which version and what was found', () => {
  const lost = [
    conflict(),
    conflict({ operation: 'delete', key: ['EU', 12n], actualVersion: null }),
    conflict({ entityName: 'Tag', key: ['x'], expectedVersion: null, actualVersion: null }),
  ];

  expect(new ConcurrencyError('row-version', lost).message).toBe(
    'Lost 3 row(s) to another writer (row-version): ' +
      'update of Account(7) expected version 3, found 4; ' +
      'delete of Account(EU, 12) expected version 3, found no row; ' +
      'update of Tag(x) found no row',
  );
});

it('names ten rows and counts the others, which are all in the list', () => {
  const lost = Array.from({ length: 12 }, (_, i) => conflict({ key: [i] }));

  const error = new ConcurrencyError('row-version', lost);

  expect(error.conflicts).toHaveLength(12);
  expect(error.message).toMatch(/^Lost 12 row\(s\) .*Account\(9\) [^;]*; and 2 more$/);
  expect(new ConcurrencyError('row-version', lost.slice(0, 10)).message).not.toContain('more');
});

it('names the kind where the database names no row', () => {
  expect(String(new ConcurrencyError('deadlock', []))).toBe(
    'ConcurrencyError: Lost to another writer: deadlock',
  );
});

it('keeps the values of columns out of its message', () => {
  const entity = Object.assign(new Account(), { owner: 'secret' });

  const { message } = new ConcurrencyError('row-version', [conflict({ entity })]);

  expect(message).not.toContain('secret');
});

it('can be replayed unless it is told otherwise, and was tried once', () => {
  const error = new ConcurrencyError('row-version', [conflict()]);

  expect(error).toMatchObject({ replayable: true, attempts: 1, code: 'UNIT_OF_WORK_CONFLICT' });
  expect(error.gaveUp).toBeUndefined();
  expect(new ConcurrencyError('row-version', [], { replayable: false }).replayable).toBe(false);
});

it('keeps its kind and its cause', () => {
  const cause = new Error('40001');
  const kind: ConcurrencyKind = 'serialization';

  expect(new ConcurrencyError(kind, [], { cause })).toMatchObject({ kind, cause });
});

it('hands out the conflicts of one class, its subclasses included', () => {
  const savings = conflict({ entity: new Savings() });
  const order = conflict({ entity: new Order() });
  const error = new ConcurrencyError('row-version', [conflict(), savings, order]);

  expect(error.conflictsOf(Account)).toEqual([error.conflicts[0], savings]);
  expect(error.conflictsOf(Savings)).toEqual([savings]);
  expect(error.conflictsOf(Order)).toEqual([order]);
  expect(error.conflictsOf(class Other {})).toEqual([]);
});

describe('ConcurrencyError.is', () => {
  it('knows its own, and nothing that is no error', () => {
    const forged = { [Symbol.for('typeorm-unit-of-work/ConcurrencyError')]: true };

    expect(ConcurrencyError.is(new ConcurrencyError('deadlock', []))).toBe(true);
    expect([forged, new Error('x'), null, undefined, 'x', 7].map(ConcurrencyError.is)).toEqual(
      Array(6).fill(false),
    );
  });

  it('does not look through a wrapper', () => {
    const wrapper = new Error('x', { cause: new ConcurrencyError('deadlock', []) });

    expect(ConcurrencyError.is(wrapper)).toBe(false);
  });

  it('is deceived by no name and no code', () => {
    const similar = Object.assign(new Error('Lost 1 row(s) to another writer'), {
      name: 'ConcurrencyError',
      code: 'UNIT_OF_WORK_CONFLICT',
    });

    expect(ConcurrencyError.is(similar)).toBe(false);
  });
});

describe('ConcurrencyError.find', () => {
  it('finds the conflict however often it was wrapped', () => {
    const conflict = new ConcurrencyError('deadlock', []);
    const wrapped = [1, 2, 3].reduce<Error>((cause) => new Error('x', { cause }), conflict);

    expect(ConcurrencyError.find(wrapped)).toBe(conflict);
    expect(ConcurrencyError.find(conflict)).toBe(conflict);
  });

  it('finds the outermost of two', () => {
    const inner = new ConcurrencyError('deadlock', []);
    const outer = new ConcurrencyError('row-version', [], { cause: inner });

    expect(ConcurrencyError.find(new Error('x', { cause: outer }))).toBe(outer);
  });

  it('ends at causes that go round in a circle', () => {
    const first = new Error('first');
    const second = new Error('second', { cause: first });
    first.cause = second;

    expect(ConcurrencyError.find(first)).toBeUndefined();
  });

  it('finds nothing where nothing is', () => {
    expect([new Error('x'), 'x', null, undefined, { cause: 1 }].map(ConcurrencyError.find)).toEqual(
      Array(5).fill(undefined),
    );
  });
});

describe('two copies of the package', () => {
  const loadCopy = () => {
    let copy: { ConcurrencyError: typeof ConcurrencyError } | undefined;
    jest.isolateModules(() => {
      copy = jest.requireActual('../../../lib/errors/concurrency-error');
    });
    if (!copy) throw new Error('the module was not loaded');
    return copy.ConcurrencyError;
  };

  it('agree on what a ConcurrencyError is, though their classes differ', () => {
    const Other = loadCopy();
    const error = new Other('deadlock', []);

    expect(error).not.toBeInstanceOf(ConcurrencyError);
    expect(ConcurrencyError.is(error)).toBe(true);
    expect(ConcurrencyError.find(new Error('x', { cause: error }))).toBe(error);
    expect(Other.is(new ConcurrencyError('deadlock', []))).toBe(true);
  });
});
