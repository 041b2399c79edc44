import type { Dialect } from '../../../lib/dialect/dialect';
import type { ErrorLine, Phase } from '../../../lib/dialect/error-table';
import { mariadb } from '../../../lib/dialect/mariadb';
import { mysql } from '../../../lib/dialect/mysql';
import { errorTable as mysqlTable } from '../../../lib/dialect/mysql-errors';
import { postgres } from '../../../lib/dialect/postgres';
import { errorTable as postgresTable } from '../../../lib/dialect/postgres-errors';
import { mysqlLines, postgresLines } from '../../support/errors/lines';

const phases: readonly Phase[] = ['connect', 'begin', 'statement', 'commit', 'rollback'];

/** What an error means in each phase, in the order of `phases`. */
function meaningsOf(dialect: Dialect, error: unknown): string[] {
  return phases.map((phase) => dialect.judge(dialect.readError(error), phase).meaning);
}

function connectionsOf(dialect: Dialect, error: unknown): Set<string> {
  return new Set(phases.map((p) => dialect.judge(dialect.readError(error), p).connection));
}

const always = (meaning: string) => phases.map(() => meaning);
const lost = ['unreachable', 'transient', 'transient', 'unknown-commit', 'transient'];
const away = ['transient', 'transient', 'transient', 'unknown-commit', 'transient'];

const fromPostgres = (code: string) =>
  Object.assign(new Error('said by the server'), { code, severity: 'ERROR' });
const fromMySql = (errno: number) =>
  Object.assign(new Error('said by the server'), {
    code: 'ER_SOMETHING',
    errno,
    sqlState: 'HY000',
    sqlMessage: 'said by the server',
  });

/** Every code that a table lists, and what it means: [codes, meanings, connection]. */
type Expectation = readonly [codes: string, meanings: readonly string[], connection: string];

const postgresCodes: readonly Expectation[] = [
  ['40001', always('serialization'), 'keep'],
  ['40P01', always('deadlock'), 'keep'],
  ['55P03', always('lock-timeout'), 'keep'],
  ['23505 23P01', always('unique'), 'keep'],
  ['08000 08001 08003 08004 08006 08007 40003 25P03 57P01 57P02 57P05', lost, 'destroy'],
  ['57P03', away, 'destroy'],
  ['53300 53000 53100 53200 53400 58000 58030', always('transient'), 'destroy'],
  ['25006', always('permanent'), 'destroy'],
  ['23503', always('foreign-key'), 'keep'],
  ['57014 25P02 08P01 0A000 26000', always('permanent'), 'keep'],
];
const mysqlCodes: readonly Expectation[] = [
  ['1213', always('deadlock'), 'keep'],
  ['1205 3572', always('lock-timeout'), 'keep'],
  ['1020', always('snapshot'), 'keep'],
  ['1062 1586', always('unique'), 'keep'],
  ['1452 1216', always('foreign-key'), 'keep'],
  ['3101', always('serialization'), 'keep'],
  ['1047 1053 1152 1158 1159 1160 1161 1180 1927 4031', lost, 'destroy'],
  ['1040 1203 1226', always('transient'), 'destroy'],
  ['1568', ['permanent', 'transient', 'permanent', 'permanent', 'permanent'], 'keep destroy'],
  ['1153 1290 1836', always('permanent'), 'destroy'],
  ['1792 1317 1969 3024 1390', always('permanent'), 'keep'],
];

const each = (expectations: readonly Expectation[]) =>
  expectations.flatMap(([codes, meanings, connection]) =>
    codes.split(' ').map((code) => [code, meanings, connection] as const),
  );

describe('PostgreSQL', () => {
  it.each(each(postgresCodes))('judges %s by its phase', (code, meanings, connection) => {
    expect(meaningsOf(postgres, fromPostgres(code))).toEqual(meanings);
    expect(connectionsOf(postgres, fromPostgres(code))).toEqual(new Set([connection]));
  });

  it('lists every code once, and none that is not tested here', () => {
    expectTested(postgresTable, postgresCodes);
  });

  it.each(['22001', '42601', '58P01', 'XX000'])('knows nothing better than %s itself', (code) => {
    expect(meaningsOf(postgres, fromPostgres(code))).toEqual(always('permanent'));
    expect(connectionsOf(postgres, fromPostgres(code))).toEqual(new Set(['keep']));
  });

  it('takes no code of Node for a SQLSTATE, though EPIPE has five letters', () => {
    const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE', errno: -32 });

    expect(postgres.readError(broken)).toMatchObject({
      serverCode: undefined,
      clientCode: 'EPIPE',
    });
    expect(meaningsOf(postgres, broken)).toEqual(lost);
  });

  it('takes a SQLSTATE without a severity for no word of the server', () => {
    expect(postgres.readError({ code: '40001' })).toMatchObject({
      serverCode: undefined,
      clientCode: '40001',
    });
  });
});

describe.each([mysql, mariadb])('$name', (dialect) => {
  it.each(each(mysqlCodes))('judges %s by its phase', (code, meanings, connection) => {
    expect(meaningsOf(dialect, fromMySql(Number(code)))).toEqual(meanings);
    expect(connectionsOf(dialect, fromMySql(Number(code)))).toEqual(new Set(connection.split(' ')));
  });

  const interruptions = ['1317', '1969', '3024'];

  it.each(each(mysqlCodes).map(([code]) => code))(
    'judges %s of a script as of COMMIT, unless it was interrupted somewhere or could not begin',
    (code) => {
      const error = dialect.readError(fromMySql(Number(code)));

      const verdict = dialect.judge(error, 'script');

      if (interruptions.includes(code)) {
        expect(verdict).toEqual({ meaning: 'unknown-commit', connection: 'destroy' });
      } else {
        expect(verdict).toEqual(dialect.judge(error, code === '1568' ? 'begin' : 'commit'));
      }
    },
  );

  it('lists every code once, and none that is not tested here', () => {
    expectTested(mysqlTable, mysqlCodes);
  });

  it.each([1064, 1054, 1406])('knows nothing better than %i itself', (errno) => {
    expect(meaningsOf(dialect, fromMySql(errno))).toEqual(always('permanent'));
    expect(connectionsOf(dialect, fromMySql(errno))).toEqual(new Set(['keep']));
  });

  it('takes a negative number for no word of the server', () => {
    const reset = { code: 'ECONNRESET', errno: -104, fatal: true, sqlMessage: 'read ECONNRESET' };

    expect(dialect.readError(reset)).toMatchObject({
      serverCode: undefined,
      clientCode: 'ECONNRESET',
    });
    expect(meaningsOf(dialect, reset)).toEqual(lost);
  });

  it('takes a number without a message of the server for none of its', () => {
    expect(dialect.readError({ errno: 1213, code: 'X' }).serverCode).toBeUndefined();
  });
});

describe.each([postgres, mysql, mariadb])(
  'an error without a word of the server ($name)',
  (dialect) => {
    it.each<unknown>([
      new Error('Connection terminated unexpectedly'),
      new Error('Query read timeout'),
      Object.assign(new Error('lost'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true }),
      Object.assign(new AggregateError([], 'refused'), { code: 'ECONNREFUSED' }),
      { code: 7 },
      'text',
      null,
      undefined,
    ])('is a lost connection: %p', (error) => {
      expect(dialect.readError(error).serverCode).toBeUndefined();
      expect(meaningsOf(dialect, error)).toEqual(lost);
      expect(connectionsOf(dialect, error)).toEqual(new Set(['destroy']));
    });
  },
);

it.each([
  ['PostgreSQL', postgresTable, postgresLines],
  ['MySQL', mysqlTable, mysqlLines],
] as const)('every line of the table of %s tells how it is known', (_, table, lines) => {
  expect(table.map(({ code }) => code).toSorted()).toEqual(Object.keys(lines).toSorted());
});

it('never answers that a unit may be replayed where its COMMIT may have been done', () => {
  const codes = [...postgresTable, ...mysqlTable].filter(({ meaning }) => {
    return meaning === 'lost' || meaning === 'away';
  });

  for (const { code } of codes) {
    const dialect = postgresTable.some((line) => line.code === code) ? postgres : mysql;
    const error = { serverCode: code, clientCode: undefined, isUnsent: false };
    expect(dialect.judge(error, 'commit').meaning).toBe('unknown-commit');
  }
});

function expectTested(table: readonly ErrorLine[], expectations: readonly Expectation[]): void {
  const codes = table.map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  expect(new Set(table.map(({ name }) => name)).size).toBe(codes.length);
  expect(codes.toSorted()).toEqual(
    each(expectations)
      .map(([code]) => code)
      .toSorted(),
  );
}

describe('an error of a driver that knew its connection was closed', () => {
  it.each<[string, Dialect, string]>([
    ['pg', postgres, 'Client has encountered a connection error and is not queryable'],
    ['mysql2', mysql, "Can't add new command when connection is in closed state"],
  ])('is no unknown outcome of COMMIT, which was not sent (%s)', (_, dialect, message) => {
    expect(meaningsOf(dialect, new Error(message))).toEqual([
      'unreachable',
      'transient',
      'transient',
      'transient',
      'transient',
    ]);
  });
});
