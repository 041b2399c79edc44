import { mysql } from '../../../lib/dialect/mysql';
import { postgres } from '../../../lib/dialect/postgres';
import { columnOf } from '../../../lib/dialect/postgres-catalog';
import { MappingError } from '../../../lib/errors/mapping-error';
import { makeBatch, type Batch } from '../../../lib/write-set/batch';
import type { Insert } from '../../../lib/write-set/change';
import { collectChanges } from '../../../lib/write-set/collect-changes';
import { columnNamed, fakeModel } from '../model/fake-model';
import { added, mapOf } from '../tracking/fake-tracked';

const model = fakeModel('Doc', {
  columns: {
    id: { isKey: true, isFilledOnInsert: true, isIncrement: true },
    tags: {},
  },
});

function insertOf(entity: Record<string, unknown>, of = model): Batch<Insert> {
  const [write] = collectChanges(mapOf([added(of, entity)])).writes;
  if (!write) throw new Error('nothing is inserted');
  return makeBatch([write]) as Batch<Insert>;
}

describe('PostgreSQL', () => {
  const described = [
    { name: 'id', type: 'bigint', is_array: false, is_identity: true, generator: "nextval('s')" },
    { name: 'tags', type: 'text[]', is_array: true, is_identity: false, generator: null },
  ];
  const table = postgres.readDescription(model, described);

  it('knows type, shape and generator of a column', () => {
    expect(columnOf(table, model, columnNamed(model, 'id'))).toEqual({
      type: 'bigint',
      isArray: false,
      isIdentity: true,
      generator: "nextval('s')",
    });
    expect(columnOf(table, model, columnNamed(model, 'tags'))).toMatchObject({
      isArray: true,
      isIdentity: false,
      generator: undefined,
    });
  });

  it('says which mapped column the table does not have', () => {
    const bare = postgres.readDescription(model, described.slice(0, 1));

    expect(() => columnOf(bare, model, columnNamed(model, 'tags'))).toThrow(
      new MappingError('Doc.tags is mapped to column tags, which table doc does not have'),
    );
  });

  it('inserts rows together if their keys are given or can be drawn beforehand', () => {
    const undrawn = postgres.readDescription(model, [{ ...described[0], generator: null }]);

    expect(postgres.canInsertTogether(insertOf({ id: 7 }), undrawn)).toBe(true);
    expect(postgres.canInsertTogether(insertOf({}), table)).toBe(true);
    expect(postgres.canInsertTogether(insertOf({}), undrawn)).toBe(false);
  });
});

describe('MySQL', () => {
  it('accepts a table of a transactional engine, and one that it cannot see', () => {
    const row = { engine: 'InnoDB', transactions: 'YES' };

    expect(mysql.readDescription(model, [{ ...row, plain: 1 }])).toMatchObject({ isPlain: true });
    expect(mysql.readDescription(model, [{ ...row, plain: 0 }])).toMatchObject({ isPlain: false });
    expect(mysql.readDescription(model, [])).toMatchObject({ isPlain: false });
  });

  it.each([
    ['10.5.29-MariaDB', false],
    ['10.6.0-MariaDB-log', true],
    ['10.11.19-MariaDB-0+deb12u1', true],
    ['11.4.2-MariaDB', true],
    ['5.7.44-log', false],
    ['8.4.2', false],
    ['', false],
  ])('knows whether the server %s reads rows from JSON', (version, readsJson) => {
    expect(mysql.readDescription(model, [{ transactions: 'YES', version }])).toMatchObject({
      readsJson,
    });
  });

  it('refuses a table whose engine has no transactions', () => {
    const read = () => mysql.readDescription(model, [{ engine: 'MyISAM', transactions: 'NO' }]);

    expect(read).toThrow(MappingError);
    expect(read).toThrow(/^table doc of Doc is stored by MyISAM, which has no transactions/);
  });

  it('inserts rows together if their keys are given or AUTO_INCREMENT', () => {
    const byDatabase = fakeModel('Doc', {
      columns: { id: { isKey: true, isFilledOnInsert: true } },
    });

    expect(mysql.canInsertTogether(insertOf({ id: 7 }), {})).toBe(true);
    expect(mysql.canInsertTogether(insertOf({}), {})).toBe(true);
    expect(mysql.canInsertTogether(insertOf({}, byDatabase), {})).toBe(false);
  });

  it('weighs values by the bytes that they take in the text of a statement', () => {
    expect(mysql.weigh('ab')).toBeGreaterThanOrEqual(`'\\a\\b'`.length);
    expect(mysql.weigh('€'.repeat(100))).toBeGreaterThanOrEqual(300);
    expect(mysql.weigh(Buffer.alloc(100))).toBeGreaterThanOrEqual(203);
    expect(mysql.weigh(Number.MIN_VALUE)).toBeGreaterThanOrEqual(6);
    expect(mysql.weigh(new Date())).toBeGreaterThanOrEqual(25);
  });
});

it('begins a transaction at the level asked for, and knows what a COMMIT answers', () => {
  expect(postgres.begin('SERIALIZABLE', undefined).map(({ sql }) => sql)).toEqual([
    'START TRANSACTION ISOLATION LEVEL SERIALIZABLE',
  ]);
  expect(mysql.begin('READ COMMITTED', undefined).map(({ sql }) => sql)).toEqual([
    'SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
    'START TRANSACTION',
  ]);
  expect([postgres.commitTag, mysql.commitTag]).toEqual(['COMMIT', undefined]);
});
