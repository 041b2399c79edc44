import type { Edit, Killer, Mutant } from './mutant';

type Engine = 'postgres' | 'mariadb';

const race = (engine: Engine, level = 'READ COMMITTED'): Killer => ({
  test: 'tests/specification/race.test.ts',
  pattern: `^${engine}: race at ${level} `,
  env: { DATABASES: engine, RACE_UNITS: '25' },
});

const deadlock = (engine: Engine, between: string): Killer => ({
  test: 'tests/specification/deadlock.test.ts',
  pattern: `^${engine}: deadlock never happens between ${between} at READ COMMITTED$`,
  env: { DATABASES: engine, DEADLOCK_ROUNDS: '40' },
});

const pool = (engine: Engine, title = 'is whole'): Killer => ({
  test: 'tests/specification/pool.test.ts',
  pattern: `^${engine}: pool ${title}`,
  env: { DATABASES: engine, POOL_UNITS: '76' },
});

const specification = (engine: Engine, file: string, pattern: string): Killer => ({
  test: `tests/specification/${file}.test.ts`,
  pattern: `^${engine}: .*${pattern}`,
  env: { DATABASES: engine },
});

const leaks: Killer = {
  test: 'tests/specification/leaks.test.ts',
  pattern: '^postgres: leaks ',
  env: { DATABASES: 'postgres', LEAKS: '600' },
};

const differential = (engine: Engine): Killer => ({
  test: 'tests/differential/differential.test.ts',
  pattern: `^${engine}: `,
  env: { DATABASES: engine, DIFFERENTIAL: '300', DIFFERENTIAL_SEED: '7' },
});

const scenario = (engine: Engine, file: string, pattern: string): Killer => ({
  test: `tests/scenarios/${file}.test.ts`,
  pattern: `^${engine}: .*${pattern}`,
  env: { DATABASES: engine },
});

const workload = (engine: Engine, name: string, level = 'READ COMMITTED'): Killer => ({
  test: `tests/scenarios/${name}/workload.test.ts`,
  pattern: `^${engine}: .* at ${level} leaves nothing wrong in units of work`,
  env: { DATABASES: engine, SCENARIO_SIZE: '0.1' },
});

/** As many orders as one program has, or about 200: the number is shared by all programs and levels. */
const anyOrder = (engine: Engine, program: string): Killer => ({
  test: 'tests/interleavings/interleavings.test.ts',
  pattern: `^${engine}: any order of statements at READ COMMITTED is .*: ${program}$`,
  env: { DATABASES: engine, INTERLEAVINGS: engine === 'postgres' ? '40000' : '80000' },
});

/** How a circle of dependencies is found, by whichever of the two checkers. */
const histories = (engine: Engine, level: string, guarded: string): Killer => ({
  test: 'tests/histories/histories.test.ts',
  pattern: `^${engine}: .* at ${level} break no promise if they guard a share of ${guarded} of`,
  env: { DATABASES: engine },
});

/** A cluster takes longer to start than its tests take: all of one pattern have one control. */
const cluster = (pattern: string): Killer => ({
  test: 'tests/cluster/cluster.test.ts',
  pattern: `^galera ${pattern}`,
  env: { DATABASES: 'mariadb' },
});

const onOtherNodes = cluster(
  '(a unit|a row that is only read (moves|is lost|leaves)|a replay|a request asks)',
);

const edit = (file: string, find: string, replace: string): Edit => ({
  file: `lib/${file}`,
  find,
  replace,
});

const twoOfTen = 'names the 2 of 10 rows';
const afterDuplicate = 'at READ COMMITTED never commits after a duplicate';

export const mutants: readonly Mutant[] = [
  {
    name: "a unit in its caller's transaction keeps a connection that commits by itself",
    edits: [
      edit('adapter/unit-transaction.ts', 'if (!ConcurrencyError.is(known)) this.destroy();', ''),
      edit('adapter/unit-transaction.ts', 'if (this.#savepoint !== undefined) this.destroy();', ''),
    ],
    killer: specification('mariadb', 'callers-transaction', 'ends the connection'),
  },
  {
    name: "a unit in its caller's transaction is not rolled back alone",
    edits: [
      edit(
        'adapter/unit-transaction.ts',
        "endOf('ROLLBACK TO', this.#savepoint)",
        "endOf('RELEASE', this.#savepoint)",
      ),
    ],
    killer: specification('postgres', 'callers-transaction', 'is rolled back alone'),
  },
  {
    name: 'a savepoint that failed leaves its changes to be written',
    edits: [edit('tracking/checkpoint.ts', 'if (!isStale) continue;', 'continue;')],
    killer: specification('postgres', 'savepoint', 'writes nothing of a part that failed'),
  },
  {
    name: 'a savepoint lets what is written beside it be rolled back with it',
    edits: [
      edit(
        'support/turns.ts',
        'const line = this.#turn()?.inner ?? this.#line;',
        'const line = new Line();',
      ),
    ],
    killer: specification('postgres', 'savepoint', 'lets what is written beside it wait'),
  },
  {
    name: 'a savepoint survives a lost race',
    edits: [edit('unit-of-work/savepoint.ts', 'if (endsUnit ||', 'if (')],
    killer: specification('postgres', 'savepoint', 'does not survive a lost race'),
  },
  ...(['postgres', 'mariadb'] as const).map((engine) => ({
    name: `an ambient unit on ${engine} does not know the repositories of a service`,
    edits: [edit('adapter/join-manager.ts', 'probe ?? find();', 'probe;')],
    killer: specification(engine, 'ambient-service', 'loses nothing under ambient units'),
  })),
  {
    name: 'an ambient unit is not guarded against what goes past it',
    edits: [
      edit(
        'adapter/guard-writes.ts',
        'if (!trackerOf(queryRunner))',
        'if (trackerOf(queryRunner))',
      ),
    ],
    killer: specification('postgres', 'ambient', 'refuses save\\(\\) in a transaction'),
  },
  {
    name: 'a manager takes an object for the version that the unit has read',
    edits: [
      edit(
        'unit-of-work/given-entities.ts',
        'if (isRowVersion(known) && known !== version) {',
        'if (isRowVersion(known) && known === 0) {',
      ),
    ],
    killer: specification('postgres', 'manager-table', 'upsert.*loaded elsewhere'),
  },
  {
    name: 'a manager inserts again what is gone',
    edits: [
      edit(
        'unit-of-work/given-entities.ts',
        'if (isRowVersion(model.version?.read(given))) throw this.#gone(model, key, given);',
        '',
      ),
    ],
    killer: specification('postgres', 'manager-writes', 'never inserts again'),
  },
  ...(['postgres', 'mariadb'] as const).map((engine) => ({
    name: `a statement of a manager on ${engine} overwrites what a rival has changed`,
    edits: [edit('unit-of-work/manager-writes.ts', 'refuseStale(changed, before);', '')],
    killer: specification(
      engine,
      'manager-writes',
      'loses nothing at READ COMMITTED when ten read',
    ),
  })),
  {
    name: 'a statement of a manager leaves what was read before it in use',
    edits: [
      edit('unit-of-work/manager-writes.ts', 'flushContext.map.retire(', 'void (() => undefined)('),
    ],
    killer: specification('postgres', 'manager-writes', 'does not mix'),
  },
  {
    name: 'a statement of a manager changes parts without their root',
    edits: [edit('adapter/guarded-builder.ts', '(reference) => reference.guard', '() => false')],
    killer: specification(
      'postgres',
      'manager-writes',
      'refuses statements that would change parts',
    ),
  },
  {
    name: 'postgres writes without comparing versions',
    edits: [
      edit(
        'dialect/postgres-guarded.ts',
        'const isGuarded = isChecked && model.version !== undefined;',
        'const isGuarded = isChecked && model.version === undefined;',
      ),
    ],
    killer: race('postgres'),
  },
  {
    name: 'mariadb writes without comparing versions',
    edits: [
      edit('flush/lock-rows.ts', '(expected !== null && actual !== expected) ||', ''),
      edit('dialect/mysql-write.ts', '` AND t.${sql.name(version.databaseName)} = x.v`', "''"),
    ],
    killer: race('mariadb'),
  },
  ...(['postgres', 'mariadb'] as const).map((engine) => ({
    name: `${engine}: a replay keeps the identity map of the attempt before`,
    isEssential: true,
    edits: [
      edit(
        'unit-of-work/attempt.ts',
        'this.#tracker = new Tracker(dataSource, models, (error) => this.connection.fail(error));',
        `this.#tracker =
      kept.get(signal) ?? new Tracker(dataSource, models, (error) => this.connection.fail(error));
    kept.set(signal, this.#tracker);`,
      ),
      edit(
        'unit-of-work/attempt.ts',
        '/** One run of a unit',
        'const kept = new WeakMap<AbortSignal, Tracker>();\n\n/** One run of a unit',
      ),
    ],
    killer: race(engine),
  })),
  // At READ COMMITTED these two builds survive, and must: a batch with a stale row is refused whole
  // and reads are fresh, so an old transaction holds nothing but locks (measured with the killer set
  // to race('postgres'): 800 commits, 797 conflicts of both rows, sums exact). With its identity map
  // it is killed there as well: the mutant above.
  {
    name: 'postgres: a replay reads in the transaction of the attempt before',
    edits: [
      edit(
        'adapter/unit-transaction.ts',
        "await session.query(this.#options.runner, endOf('ROLLBACK TO', this.#savepoint), [], true);",
        '',
      ),
      edit(
        'adapter/unit-transaction.ts',
        'if (session.isInTransaction && this.#savepoint === undefined) this.destroy();',
        '',
      ),
      edit('adapter/held-session.ts', 'if (!session.isInTransaction) return', 'return'),
    ],
    killer: race('postgres', 'REPEATABLE READ'),
  },
  {
    name: 'mariadb: a replay reads the snapshot of the attempt before',
    isEssential: true,
    edits: [
      edit(
        'adapter/unit-transaction.ts',
        "await session.query(this.#options.runner, endOf('ROLLBACK TO', this.#savepoint), [], true);",
        '',
      ),
      edit(
        'dialect/mysql.ts',
        "{ sql: 'START TRANSACTION', parameters: [] },",
        "{ sql: 'SET autocommit = 0', parameters: [] },",
      ),
      // For the next transaction alone it is refused where one is open, and the unit runs again.
      edit('dialect/mysql.ts', 'SET TRANSACTION ISOLATION', 'SET SESSION TRANSACTION ISOLATION'),
    ],
    killer: race('mariadb', 'REPEATABLE READ'),
  },
  {
    name: 'postgres judges a batch by one total',
    edits: [
      edit(
        'flush/judge-answers.ts',
        "return answer?.['reached'] ? [] : [{ change, actual: actualVersion(answer) }];",
        `const reached = [...answers.values()].filter((row) => row['reached']);
    if (reached.length === batch.rows.length) return [];
    return [{ change, actual: answer && undefined }];`,
      ),
    ],
    killer: specification('postgres', 'verdicts', twoOfTen),
  },
  {
    name: 'mariadb judges a batch by one total',
    edits: [
      edit(
        'flush/lock-rows.ts',
        'const byOrdinal =',
        `const total = rows.reduce((sum, row) => sum + (row.expected ?? 0), 0);
  const actualTotal = found.reduce((sum, row) => sum + Number(row['version']), 0);
  if (total === actualTotal) return [];
  return rows.flatMap(({ reason }) => (reason ? [lostRow(reason, undefined)] : []));
  const byOrdinal =`,
      ),
    ],
    killer: specification('mariadb', 'verdicts', twoOfTen),
  },
  {
    name: 'a conflict names the first lost row only',
    edits: [
      edit(
        'flush/lock-rows.ts',
        'throw conflictError(lost)',
        'throw conflictError(lost.slice(0, 1))',
      ),
    ],
    killer: specification('mariadb', 'verdicts', twoOfTen),
  },
  {
    name: 'postgres flushes without the lock pass',
    edits: [
      edit('flush/write-changes.ts', 'if (needsLockPass(', 'if (!needsLockPass && needsLockPass('),
    ],
    killer: deadlock('postgres', 'two units that change .*'),
  },
  {
    name: 'postgres locks tables in the order of loading',
    edits: [
      edit(
        'write-set/lock-plan.ts',
        '.toSorted((a, b) => (a.model.tableName < b.model.tableName ? -1 : 1))',
        '',
      ),
    ],
    killer: deadlock('postgres', 'two units that change .*'),
  },
  {
    name: 'mariadb locks tables in the order of loading',
    edits: [
      edit(
        'write-set/lock-plan.ts',
        '.toSorted((a, b) => (a.model.tableName < b.model.tableName ? -1 : 1))',
        '',
      ),
    ],
    killer: deadlock('mariadb', 'two units that change .*'),
  },
  {
    name: 'mariadb locks no parents of new rows',
    edits: [
      edit(
        'write-set/lock-plan.ts',
        "lock(model, 'key-share', { key, expected: null, reason: undefined });",
        '',
      ),
    ],
    killer: deadlock('mariadb', 'two units that insert children of .*'),
  },
  {
    name: 'mariadb locks rows in the order of loading',
    edits: [
      edit(
        'write-set/lock-plan.ts',
        '.toSorted((left, right) => compareKeys(left.key, right.key))',
        '.filter(({ key }) => compareKeys(key, key) === 0)',
      ),
      edit('write-set/batch.ts', ': sortByKey(writes)', ': sortByKey([]).concat(writes)'),
    ],
    killer: specification('mariadb', 'deadlock', 'locking in key order'),
  },
  {
    name: 'a statement that was the whole transaction is replayed when its answer is lost',
    edits: [
      edit(
        'adapter/unit-transaction.ts',
        'this.#session.use(phase, async (session) => {',
        "this.#session.use('statement', async (session) => {",
      ),
    ],
    killer: specification('postgres', 'autocommit', 'is never replayed'),
  },
  {
    name: 'postgres: a statement alone writes the rows that are fresh',
    edits: [
      edit(
        'dialect/postgres-guarded.ts',
        "l${isGuarded ? ' WHERE l.actual = l.v' : ''}) = ${count}",
        'x) = ${count}',
      ),
    ],
    killer: specification('postgres', 'autocommit', 'writes nothing if one row is stale'),
  },
  {
    name: 'postgres: a statement alone writes the rows that a trigger lets through',
    edits: [edit('dialect/postgres-answers.ts', 'IN (0, ${count})', '<= ${count}')],
    killer: specification('postgres', 'autocommit', 'stores none of them .* before'),
  },
  {
    name: 'a COMMIT that was not answered is replayed',
    edits: [
      edit(
        'dialect/error-table.ts',
        "if (isDecisive(phase)) return { meaning: 'unknown-commit', connection: 'destroy' };",
        '',
      ),
    ],
    killer: specification('postgres', 'exactly-once', 'does not know what became of it'),
  },
  {
    name: 'the receipt is written last',
    edits: [
      edit(
        'unit-of-work/run-attempt.ts',
        'if (isReceiptFirst) await receipt?.insert(connection);',
        '',
      ),
      edit(
        'unit-of-work/run-attempt.ts',
        'const late = await runInside(opened, () => attempt.flushLast());',
        'await attempt.flush(); await prelude.receipt?.insert(connection); const late: unknown[] = [];',
      ),
    ],
    killer: specification('mariadb', 'exactly-once', 'refused before anything runs'),
  },
  {
    name: 'the receipt takes the snapshot before rows are locked',
    edits: [edit('unit-of-work/run-attempt.ts', "attempt.isolation === 'READ COMMITTED'", 'true')],
    killer: specification('postgres', 'exactly-once', 'is not overtaken'),
  },
  ...(['postgres', 'mariadb'] as const).map((engine) => ({
    name: `a replay on ${engine} waits for a receipt with rows locked`,
    edits: [edit('unit-of-work/run-attempt.ts', "attempt.isolation === 'READ COMMITTED'", 'false')],
    killer: specification(engine, 'exactly-once', 'does not hold rows while it waits'),
  })),
  {
    name: 'a subscriber to the commit outlasts the time of the unit',
    edits: [
      edit(
        'adapter/unit-transaction.ts',
        "this.#broadcastInTime('AfterTransactionCommit')",
        "this.#broadcast('AfterTransactionCommit')",
      ),
    ],
    killer: specification('postgres', 'dead-units', 'any longer than it has time'),
  },
  {
    name: 'a statement commits the first half of a unit',
    edits: [
      edit('dialect/mysql.ts', 'controlsTransaction: commitsImplicitly', 'controlsTransaction'),
      edit('dialect/mysql.ts', 'import { commitsImplicitly }', 'import { controlsTransaction }'),
    ],
    killer: specification('mariadb', 'transaction-control', 'would end its transaction'),
  },
  ...(['postgres', 'mariadb'] as const).map((engine) => ({
    name: `a unit on ${engine} goes on after a statement that has ended its transaction`,
    edits: [
      edit(
        'adapter/judged-session.ts',
        'if (!isWithin || !session.hasLeftTransaction(result)) return result;',
        'if (isWithin || !isWithin) return result;',
      ),
    ],
    killer: specification(engine, 'transaction-control', 'notices a statement'),
  })),
  {
    name: 'the receipt is written outside the transaction',
    isEssential: true,
    edits: [
      edit(
        'unit-of-work/receipt.ts',
        'const isCommitted = await this.#wasCommittedBy(connection);',
        `const other = new UnitConnection({ ...this.#context, isolation: 'READ COMMITTED', isFirstAttempt: false, signal: new AbortController().signal });
        const isCommitted = await this.#wasCommittedBy(other); await other.commit(); await other.release();`,
      ),
      edit(
        'unit-of-work/receipt.ts',
        'import { receiptTable }',
        "import { UnitConnection } from '../adapter/unit-connection';\nimport { receiptTable }",
      ),
    ],
    killer: specification('postgres', 'exactly-once', 'whose COMMIT never arrived runs again'),
  },
  {
    name: 'a lost COMMIT is settled by looking for its receipt',
    isEssential: true,
    edits: [
      edit(
        'unit-of-work/receipt.ts',
        "return (await this.#wasCommittedBy(connection)) === 'this call';",
        'const { receipts } = this.#context.dialect; return (await connection.read(receipts.find(this.#table, this.#id))).rows.length > 0;',
      ),
    ],
    killer: specification(
      'mariadb',
      'exactly-once',
      'whose COMMIT is still under way waits for it',
    ),
  },
  {
    name: 'who is told of a write cannot refuse it any more',
    edits: [edit('flush/write-changes.ts', '|| listeners.hearAfter(changes.writes)', '')],
    killer: specification('mariadb', 'autocommit', 'could refuse it'),
  },
  {
    name: 'a connection with an open transaction is used as it is',
    edits: [
      edit('adapter/held-session.ts', 'if (!session.isInTransaction) return', 'return'),
      edit(
        'adapter/unit-transaction.ts',
        'session.isInTransaction || isLeftOpen(answer as QueryResult)',
        'session.isInTransaction && isLeftOpen(answer as QueryResult)',
      ),
    ],
    // By type mariadb a script meets it, and is refused by the server.
    killer: {
      test: 'tests/specification/autocommit.test.ts',
      pattern: '^mysql driver: .* somebody has left a transaction open',
      env: { DATABASES: 'mariadb' },
    },
  },
  {
    name: 'an error of somebody else undoes what has committed by itself',
    edits: [
      edit(
        'adapter/unit-connection.ts',
        'if (this.#wasSentAlone) return',
        'if (this.#wasSentAlone && !this.#failure) return',
      ),
    ],
    killer: specification('postgres', 'autocommit', 'whatever is said to the unit'),
  },
  {
    name: 'every SELECT counts as a plain read',
    edits: [
      edit(
        'dialect/plain-read.ts',
        'if (!/^\\s*select\\b/i.test(bare)',
        'return true;\n  if (!/^\\s*select\\b/i.test(bare)',
      ),
    ],
    killer: specification('mariadb', 'round-trips', 'begins before the first locking read'),
  },
  {
    name: 'mariadb: reads outside a transaction where autocommit is off',
    edits: [
      edit(
        'adapter/unit-connection.ts',
        'if (!server.commitsAlone) this.#readsInTransaction = true;',
        '',
      ),
    ],
    killer: specification('mariadb', 'autocommit', 'read in a transaction where autocommit is off'),
  },
  {
    name: 'the answer to COMMIT is ignored',
    edits: [
      edit(
        'adapter/unit-transaction.ts',
        'if (tag !== dialect.commitTag)',
        'if (tag === undefined)',
      ),
    ],
    killer: specification('postgres', 'dead-units', 'checks the answer to COMMIT'),
  },
  {
    name: 'statements are sent after the first error',
    edits: [edit('adapter/unit-state.ts', "(state === 'open' && !failure)", "state === 'open'")],
    killer: specification('mariadb', 'dead-units', afterDuplicate),
  },
  {
    name: 'a swallowed error is forgotten',
    edits: [edit('adapter/unit-connection.ts', 'this.#failure ??= { error };', '')],
    killer: specification('mariadb', 'dead-units', afterDuplicate),
  },
  {
    name: 'postgres: connections go back without a rollback',
    edits: [
      edit(
        'adapter/unit-transaction.ts',
        "await session.query(this.#options.runner, endOf('ROLLBACK TO', this.#savepoint), [], true);",
        '',
      ),
      edit(
        'adapter/unit-transaction.ts',
        'if (session.isInTransaction && this.#savepoint === undefined) this.destroy();',
        '',
      ),
    ],
    killer: pool('postgres', 'has no connection in a transaction'),
  },
  {
    name: 'mariadb: connections go back without a rollback',
    edits: [
      edit(
        'adapter/unit-transaction.ts',
        "await session.query(this.#options.runner, endOf('ROLLBACK TO', this.#savepoint), [], true);",
        '',
      ),
    ],
    killer: pool('mariadb', 'has no connection in a transaction'),
  },
  {
    name: 'a connection that comes too late is kept',
    edits: [
      edit(
        'adapter/database-session.ts',
        'this.#connecting?.then(',
        'void this.runner.release();\n    this.#connecting?.then(',
      ),
    ],
    killer: pool('postgres', 'gets a connection back'),
  },
  {
    name: 'connections of units that failed are kept',
    edits: [
      edit('unit-of-work/run-attempt.ts', 'await connection.release().catch(() => undefined);', ''),
    ],
    killer: pool('mariadb'),
  },
  {
    name: 'a connection goes back to the pool after a client timeout',
    isEssential: true,
    edits: [
      edit(
        'adapter/judged-session.ts',
        "if (diagnosis.connection === 'destroy') this.held.destroy();",
        '',
      ),
      edit('adapter/unit-transaction.ts', 'if (!ConcurrencyError.is(known)) this.destroy();', ''),
    ],
    killer: pool('postgres', 'is whole after the driver'),
  },
  {
    name: 'a lost connection is no reason to replay',
    edits: [edit('unit-of-work/explain-failure.ts', '|| error instanceof TransientError', '')],
    killer: pool('postgres'),
  },
  {
    name: 'a database that cannot be reached is waited for',
    edits: [
      edit(
        'adapter/driver-error.ts',
        "if (meaning === 'unreachable' && isFirstConnect)",
        "if (meaning === 'permanent' && isFirstConnect)",
      ),
    ],
    killer: specification('postgres', 'unreachable', 'behind a closed port'),
  },
  {
    name: 'operations that nobody awaits are not noticed',
    edits: [edit('unit-of-work/run-attempt.ts', 'attempt.pending > 0', 'attempt.pending < 0')],
    killer: pool('mariadb'),
  },
  {
    name: 'a listener that throws after the commit makes the unit fail',
    edits: [edit('adapter/unit-connection.ts', 'return [error];', 'throw error;')],
    killer: pool('mariadb'),
  },
  {
    name: 'too many clients are no reason to replay',
    edits: [
      edit('dialect/postgres-errors.ts', "'53300', meaning: 'busy'", "'53300', meaning: 'refused'"),
    ],
    killer: specification('postgres', 'unreachable', 'may not be replayed'),
  },
  {
    name: 'entities keep what a failed attempt wrote into them',
    isEssential: true,
    edits: [edit('unit-of-work/run-attempt.ts', 'takeBack(attempt.flushContext);', '')],
    killer: specification('mariadb', 'verdicts', 'takes back what it wrote into entities'),
  },
  {
    name: 'tokens are read and not compared',
    edits: [edit('flush/lock-rows.ts', '|| tokens.length > 0;', ';')],
    killer: specification('mariadb', 'concurrency-token', 'names those of many rows'),
  },
  {
    name: 'one row with a token is written without a look at it',
    edits: [
      edit('flush/compare-tokens.ts', "write.operation !== 'insert' &&", 'writes.length > 1e6 &&'),
    ],
    killer: specification('postgres', 'concurrency-token', 'takes a value in another case'),
  },
  {
    name: 'who has ended while it stood in line stands there for ever',
    edits: [edit('unit-of-work/queue-place.ts', 'if (this.#isOver) place.leave();', '')],
    killer: specification('postgres', 'hot-rows', 'keeps nobody waiting when a unit has ended'),
  },
  {
    name: 'who has written a hot row returns before the next one reads it',
    edits: [edit('unit-of-work/queue-place.ts', 'if (this.#isFollowed) await', 'if (false) await')],
    killer: specification('mariadb', 'hot-rows', 'is read by the next of the line before'),
  },
  {
    name: 'a failed savepoint makes the unit forget what it has decided by',
    edits: [
      edit(
        'tracking/identity-map.ts',
        'if (first || this.#retired.size === 0)',
        'if (first || key)',
      ),
    ],
    killer: specification('postgres', 'failed-savepoints', 'does not hide what a rival does'),
  },
  {
    name: 'nobody waits for its turn before it reads',
    edits: [
      edit('unit-of-work/queue-place.ts', 'if (!queue.isHot(rows) ||', 'if (rows.length > 0 ||'),
    ],
    killer: specification('postgres', 'hot-rows', 'is read by the others in turn'),
  },
  {
    name: 'units wait for those that run them',
    edits: [
      edit('unit-of-work/queue-place.ts', '|| this.#options.isSurrounded()', ''),
      edit('unit-of-work/line-up.ts', '|| isInPlace()', ''),
    ],
    killer: specification('postgres', 'hot-rows', 'does not make a unit wait'),
  },
  {
    name: 'rows are locked ahead of others in any order',
    edits: [
      edit(
        'flush/locked-rows.ts',
        "if (this.without(plan()).some(isEarly)) throw new ConcurrencyError('deadlock', []);",
        'if (this.without(plan()).some(isEarly)) return;',
      ),
    ],
    killer: specification('postgres', 'hot-rows', 'makes a unit begin again'),
  },
  {
    name: 'what is locked is found as it was, whatever was written since',
    edits: [edit('unit-of-work/attempt.ts', '() => held.forget()', '() => undefined')],
    killer: specification('mariadb', 'hot-rows', 'is read anew'),
  },
  {
    name: 'replays do not line up',
    edits: [
      edit('unit-of-work/line-up.ts', 'if (!rows || isInPlace())', 'if (rows ?? !rows)'),
      edit('unit-of-work/queue-place.ts', 'if (!queue.isHot(rows) ||', 'if (rows.length > 0 ||'),
    ],
    killer: specification('mariadb', 'contention', 'lets the replays of one process line up'),
  },
  {
    name: 'nothing is locked before a replay reads',
    edits: [
      edit(
        'unit-of-work/run-attempt.ts',
        'if (toLock.length > 0) await attempt.lockFirst(toLock);',
        '',
      ),
    ],
    killer: specification('postgres', 'contention', 'in each of 4 processes in 4 attempts'),
  },
  {
    name: 'what was asserted is not locked before a replay reads',
    edits: [edit('unit-of-work/escalation.ts', '[...assertions, ...locked,', '[...locked,')],
    killer: specification('mariadb', 'escalation', 'locks what was asserted and not written'),
  },
  {
    name: 'what was locked is not locked before a replay reads',
    edits: [edit('unit-of-work/escalation.ts', '[...assertions, ...locked,', '[...assertions,')],
    killer: specification('mariadb', 'escalation', 'locks what was flushed before the race'),
  },
  {
    name: 'a unit without changes locks nothing before it reads again',
    edits: [edit('unit-of-work/escalation.ts', 'changed : planTracked(map)', 'changed : []')],
    killer: specification('postgres', 'escalation', 'locks what was read where the race was lost'),
  },
  {
    name: 'postgres: locks that come after the snapshot are an attempt each',
    edits: [
      edit('unit-of-work/run-attempt.ts', 'passes >= mostLockPasses', 'passes <= mostLockPasses'),
    ],
    killer: specification(
      'postgres',
      'contention',
      'REPEATABLE READ commits every unit of 16 writers',
    ),
  },
  {
    name: 'a budget that is spent refuses nobody',
    edits: [edit('replay/decide.ts', 'budget && !askBudget(', 'budget && askBudget(')],
    killer: specification('mariadb', 'replay-limits', 'refuses a replay when the budget is spent'),
  },
  {
    name: 'a line that is full takes one more',
    edits: [edit('replay/replay-queue.ts', 'waiting >= maxWaiting', 'waiting > maxWaiting')],
    killer: specification('postgres', 'replay-limits', 'refuses whoever would stand too far back'),
  },
  {
    name: 'nobody goes first when many want a connection',
    edits: [edit('adapter/pool-gate.ts', 'hasBegun ? this.#begun : this.#others', 'this.#others')],
    killer: specification('postgres', 'overload', 'lose one row only as often'),
  },
  {
    name: 'what was lost while a unit waited for a connection is not heeded',
    edits: [edit('unit-of-work/read-in-turn.ts', 'turn.reserve()', 'undefined')],
    killer: specification('mariadb', 'overload', 'lose one row only as often'),
  },
  {
    name: 'a unit that stands in line holds up who wants a connection',
    edits: [edit('unit-of-work/queue-place.ts', 'letGo();\n    this', 'this')],
    killer: specification('postgres', 'overload', 'lose one row only as often'),
  },
  {
    name: 'those who want a row count as those who lost it',
    edits: [
      edit(
        'unit-of-work/queue-place.ts',
        '{ ms: patienceMs }',
        '{ ms: patienceMs, maxWaiting: 8 }',
      ),
    ],
    killer: specification('mariadb', 'overload', 'lose one row only as often'),
  },
  {
    name: 'units that read on and on let nobody else begin',
    edits: [edit('adapter/pool-gate.ts', 'const mostAhead = 7;', 'const mostAhead = Infinity;')],
    killer: specification('postgres', 'overload', 'are not held up for good'),
  },
  {
    name: 'whoever was aborted at the gate is let in',
    edits: [edit('adapter/pool-gate.ts', 'signal.aborted && !line.delete(call)', 'false')],
    killer: specification('mariadb', 'overload', 'are ended at once when they are aborted'),
  },
  {
    name: 'whoever reads several things at once reserves a turn for each',
    edits: [
      edit(
        'adapter/pool-turn.ts',
        'const reserved = this.#reserved ?? this.#enter();\n    if',
        'const reserved = this.#enter();\n    if',
      ),
    ],
    killer: specification('postgres', 'overload', 'may read several things at once'),
  },
  {
    name: 'a turn that was passed on is taken',
    edits: [edit('adapter/pool-turn.ts', 'if (reserved !== this.#reserved) continue;', '')],
    killer: specification('mariadb', 'overload', 'may find several rows at once'),
  },
  {
    name: 'a turn stays reserved for a read that is refused',
    edits: [edit('unit-of-work/read-in-turn.ts', '    turn.passOn();\n  }', '  }')],
    killer: specification('mariadb', 'overload', 'lose no connection to one that fails'),
  },
  {
    name: 'a unit that has ended waits for a connection before it is refused',
    edits: [edit('unit-of-work/read-in-turn.ts', '  connection.refuseUse();\n', '')],
    killer: specification('postgres', 'overload', 'do not hold up the refusal'),
  },
  {
    name: 'the gate of a data source knows its first pool only',
    edits: [
      edit('adapter/pool-gate.ts', 'master ?? pool ?? poolCluster ?? dataSource', 'dataSource'),
    ],
    killer: specification('mariadb', 'overload', 'use a pool that is wider'),
  },
  {
    name: 'a read stands in line beside what is about to begin the transaction',
    edits: [
      edit(
        'unit-of-work/read-in-turn.ts',
        ' && connection.pending === 0 && writing.pending === 0',
        '',
      ),
    ],
    killer: specification('mariadb', 'at-once', 'does not stand in line while it holds'),
  },
  {
    name: 'whoever hears that no connection comes stands in line',
    edits: [
      edit(
        'unit-of-work/read-in-turn.ts',
        'if (!reserved || (await reserved)) await',
        'if (reserved) await reserved;\n    await',
      ),
    ],
    killer: specification('postgres', 'overload', 'hear of it once'),
  },
  {
    name: 'whoever sends something while a connection is awaited takes another',
    edits: [
      edit(
        'adapter/held-session.ts',
        'this.#session = session;\n      try {\n        await session.connect(this.#signal);',
        'try {\n        await session.connect(this.#signal);\n        this.#session = session;',
      ),
    ],
    killer: specification('mariadb', 'at-once', 'gives back the connection of reads'),
  },
  {
    name: 'those count as ahead for whom nobody had to wait',
    edits: [
      edit(
        'adapter/pool-gate.ts',
        'if (!admit) return;\n    this.#ahead = line === this.#others ? 0 : this.#ahead + 1;',
        'this.#ahead = line === this.#others ? 0 : this.#ahead + 1;\n    if (!admit) return;',
      ),
    ],
    killer: {
      test: 'tests/unit/adapter/pool-gate.test.ts',
      pattern: '^does not count those ahead',
    },
  },
  {
    name: 'units begin however many wait to read',
    edits: [edit('adapter/pool-gate.ts', '!this.#isCrowded && this.#outside.size === 0', 'true')],
    killer: specification('postgres', 'overload', 'do not begin while as many wait'),
  },
  {
    name: 'whoever was called to begin holds up the others until it reads',
    edits: [
      edit('adapter/pool-gate.ts', '?.();\n      }\n      this.#callSoon();', '?.();\n      }'),
    ],
    killer: specification('mariadb', 'overload', 'do not begin while as many wait'),
  },
  {
    name: 'a unit that another one awaits stands back behind those that nobody awaits',
    edits: [edit('unit-of-work/run-unit-of-work.ts', 'isInUnit() ? undefined : ', '')],
    killer: specification('mariadb', 'overload', 'go on before others begin'),
  },
  {
    name: 'a unit that another one awaits goes behind those that nobody awaits',
    edits: [edit('unit-of-work/run-attempt.ts', 'number > 1 || isInUnit()', 'number > 1')],
    killer: specification('postgres', 'overload', 'go on before others begin'),
  },
  {
    name: 'roots are not moved when their parts are written',
    edits: [
      edit('write-set/add-roots.ts', '  return moves;', '  return { writes, unreadRoots: [] };'),
    ],
    killer: specification('postgres', 'aggregates', 'moves every root once'),
  },
  {
    name: 'a root that was read is moved and not checked',
    edits: [
      edit(
        'write-set/add-roots.ts',
        "reference.guard === 'check');",
        "reference.guard === 'move');",
      ),
    ],
    killer: specification('mariadb', 'aggregates', 'refuses a unit that lost its root'),
  },
  {
    name: 'a root that was read after its part guards it',
    edits: [edit('tracking/read-point.ts', 'one.last < other.first', 'one.last !== other.first')],
    killer: specification(
      'postgres',
      'aggregates',
      'refuses a root that was read after its part, ',
    ),
  },
  {
    name: 'findOrCreate() returns what the loser built',
    edits: [
      edit(
        'unit-of-work/find-or-create.ts',
        'return { entity: winner, created: false };',
        'return { entity, created: true };',
      ),
    ],
    killer: specification('mariadb', 'find-or-create', 'at READ COMMITTED gives both of two'),
  },
  {
    name: 'why a unit failed is asked without what its code had asked for',
    edits: [
      edit(
        'unit-of-work/take-back.ts',
        '[...asked, () => applyCollectionsOf(map)]',
        '[() => applyCollectionsOf(map)]',
      ),
    ],
    killer: specification('mariadb', 'find-or-create', 'a duplicate beside a row that is removed'),
  },
  {
    name: 'a unit whose own rows collide is replayed',
    edits: [edit('flush/find-taken-values.ts', '!isOurs && ', '')],
    killer: specification('postgres', 'find-or-create', 'a duplicate that the unit has made twice'),
  },
  {
    name: 'findOrCreate() keeps what the loser built',
    edits: [
      edit(
        'unit-of-work/find-or-create.ts',
        'context.tracking.drop([...added, ...byListeners]);',
        'context.tracking.drop([entity]);',
      ),
    ],
    killer: specification('postgres', 'find-or-create', 'at READ COMMITTED drops what the loser'),
  },
  {
    name: 'parts that were not loaded count as none',
    edits: [
      edit(
        'unit-of-work/replace-parts.ts',
        "root.state === 'new' ? [] :",
        "root.state === 'new' || !loadedParts(root, relation.name) ? [] :",
      ),
    ],
    killer: specification('postgres', 'replace-parts', 'knows a set that is empty'),
  },
  {
    name: 'a set that was loaded with a condition is replaced',
    edits: [
      edit(
        'unit-of-work/replace-parts.ts',
        '|| stored.every(isKnown)) return;',
        '|| stored.some(isKnown)) return;',
      ),
    ],
    killer: specification(
      'mariadb',
      'replace-parts',
      'refuses a set that was loaded with a condition',
    ),
  },
  {
    name: 'NuGet on a build whose roots are not moved',
    edits: [
      edit('write-set/add-roots.ts', '  return moves;', '  return { writes, unreadRoots: [] };'),
    ],
    killer: scenario(
      'postgres',
      'nuget/interleavings/naive-and-unit',
      'at READ COMMITTED are both stored in units of work',
    ),
  },
  {
    name: 'porch on a build whose unloaded parts count as none',
    edits: [
      edit(
        'unit-of-work/replace-parts.ts',
        "root.state === 'new' ? [] :",
        "root.state === 'new' || !loadedParts(root, relation.name) ? [] :",
      ),
    ],
    killer: workload('mariadb', 'porch'),
  },
  {
    name: 'NuGet on a build whose roots are moved and not checked',
    edits: [
      edit(
        'write-set/add-roots.ts',
        "reference.guard === 'check');",
        "reference.guard === 'move');",
      ),
    ],
    killer: workload('mariadb', 'nuget'),
  },
  {
    name: 'Patchwork on a build whose findOrCreate() returns the loser',
    edits: [
      edit(
        'unit-of-work/find-or-create.ts',
        'return { entity: winner, created: false };',
        'return { entity, created: true };',
      ),
    ],
    killer: workload('mariadb', 'patchwork'),
  },
  {
    name: 'an increment compares the version',
    edits: [
      edit(
        'write-set/collect-changes.ts',
        'expected: isChecked ? version : null',
        'expected: version',
      ),
    ],
    killer: specification('postgres', 'increment', 'adds to what a rival has left'),
  },
  {
    name: 'an increment with bounds commits by itself',
    edits: [edit('flush/write-changes.ts', 'isBounded ||', '')],
    killer: specification('postgres', 'increment', 'never takes more than there is'),
  },
  {
    name: 'histories on postgres of locking reads that refresh what was read',
    edits: [
      edit(
        'adapter/tracker.ts',
        "throw this.#fail(movedError(known, version, isLocking ? 'lock' : 'read'));",
        'known.version = version;',
      ),
    ],
    killer: histories('postgres', 'READ COMMITTED', '0'),
  },
  {
    name: 'histories on mariadb without comparing versions',
    edits: [
      edit('flush/lock-rows.ts', '(expected !== null && actual !== expected) ||', ''),
      edit('dialect/mysql-write.ts', '` AND t.${sql.name(version.databaseName)} = x.v`', "''"),
    ],
    killer: histories('mariadb', 'READ COMMITTED', '0'),
  },
  {
    name: 'histories on postgres of assertions that bar no writer',
    edits: [edit('dialect/postgres-key.ts', "share: 'FOR SHARE'", "share: 'FOR KEY SHARE'")],
    killer: histories('postgres', 'REPEATABLE READ', '1'),
  },
  {
    name: 'any order on postgres without comparing versions',
    edits: [
      edit(
        'dialect/postgres-guarded.ts',
        'const { model, answered, isChecked } = batch;',
        'const { model, answered } = batch;\n  const isChecked = answered.length > 99;',
      ),
    ],
    killer: anyOrder('postgres', 'two counters of one row'),
  },
  {
    name: 'any order on mariadb without comparing versions',
    edits: [
      edit('flush/lock-rows.ts', '(expected !== null && actual !== expected) ||', ''),
      edit('dialect/mysql-write.ts', '` AND t.${sql.name(version.databaseName)} = x.v`', "''"),
    ],
    killer: anyOrder('mariadb', 'two counters of one row'),
  },
  {
    name: 'any order on postgres with assertions that bar no writer',
    isEssential: true,
    edits: [edit('dialect/postgres-key.ts', "share: 'FOR SHARE'", "share: 'FOR KEY SHARE'")],
    killer: anyOrder('postgres', 'write skew over two tables'),
  },
  {
    name: 'any order on mariadb with assertions that take no lock',
    edits: [edit('dialect/mysql.ts', "  share: 'LOCK IN SHARE MODE'", "  share: ''")],
    killer: anyOrder('mariadb', 'write skew over two tables'),
  },
  ...(['postgres', 'mariadb'] as const).map((engine) => ({
    name: `any order on ${engine} without the lock pass`,
    isEssential: true,
    edits: [
      edit('flush/write-changes.ts', 'if (needsLockPass(', 'if (!needsLockPass && needsLockPass('),
    ],
    killer: anyOrder(engine, 'write skew over two tables'),
  })),
  {
    name: 'any order on postgres of parts whose roots are not moved',
    edits: [
      edit('write-set/add-roots.ts', '  return moves;', '  return { writes, unreadRoots: [] };'),
    ],
    killer: anyOrder('postgres', 'two that take the last room'),
  },
  {
    name: 'any order on mariadb of losers who keep what they built',
    edits: [
      edit(
        'unit-of-work/find-or-create.ts',
        'return { entity: winner, created: false };',
        'return { entity, created: true };',
      ),
    ],
    killer: anyOrder('mariadb', 'two that find or create one word'),
  },
  {
    name: 'galera: what is asserted is only locked',
    edits: [edit('flush/flush.ts', 'await moveAsserted(context, writeSet)', 'writeSet')],
    killer: onOtherNodes,
  },
  {
    name: 'galera: a unit that only reads moves what it asserts',
    edits: [
      edit(
        'flush/move-asserted.ts',
        'writes.length > 0 || connection.hasWritten',
        'writes.length >= 0',
      ),
    ],
    killer: onOtherNodes,
  },
  {
    name: 'galera: what a statement of the user was guarded by is only locked',
    edits: [
      edit(
        'flush/move-asserted.ts',
        'writes.length > 0 || connection.hasWritten',
        'writes.length > 0',
      ),
    ],
    killer: onOtherNodes,
  },
  {
    name: 'galera: a replay reads what its node has',
    edits: [
      edit(
        'unit-of-work/run-attempt.ts',
        'if (attempt.number > 1) await connection.catchUp();',
        '',
      ),
    ],
    killer: onOtherNodes,
  },
  {
    name: 'galera: replays stay where the unit was begun',
    edits: [
      edit(
        'unit-of-work/run-attempt.ts',
        'number === 1 ? places.first : places.replays',
        'number >= 1 ? places.first : places.replays',
      ),
    ],
    killer: onOtherNodes,
  },
  {
    name: 'galera: a ROLLBACK that is refused costs the connection',
    edits: [
      edit(
        'adapter/unit-transaction.ts',
        'if (!ConcurrencyError.is(known)) this.destroy();',
        'this.destroy();',
      ),
    ],
    killer: onOtherNodes,
  },
  {
    name: 'galera: whoever can write a receipt takes the COMMIT for lost',
    edits: [edit('unit-of-work/receipt.ts', 'await connection.commit();', '')],
    killer: onOtherNodes,
  },
  {
    name: 'galera: a node that does not take part is good enough',
    edits: [
      edit('adapter/database-session.ts', 'if (!isReady(replyOf(answer).rows)) return false;', ''),
    ],
    killer: cluster('a node that is alone refuses'),
  },
  {
    name: 'members that came into a collection keep their foreign key',
    edits: [
      edit(
        'tracking/apply-collections.ts',
        'point(foreignKey, member, edit.tracked.entity, applied);',
        '',
      ),
    ],
    killer: differential('postgres'),
  },
  {
    name: 'one of the members that left a many-to-many keeps its link row',
    edits: [edit('tracking/link-rows.ts', 'of left) {', 'of left.slice(1)) {')],
    killer: differential('mariadb'),
  },
  {
    name: 'orphans that are deleted are written as rows that were not changed',
    edits: [
      edit(
        'tracking/apply-collections.ts',
        "if (foreignKey.orphans === 'delete') removeOrphan(tracked, applied);",
        '',
      ),
    ],
    killer: differential('postgres'),
  },
  ...(['postgres', 'mariadb'] as const).map((engine) => ({
    name: `${engine}: orphans are deleted whatever their version`,
    edits: [
      edit(
        'tracking/apply-collections.ts',
        "  tracked.state = 'removed';\n",
        "  tracked.state = 'removed';\n  tracked.version = undefined;\n",
      ),
    ],
    killer: specification(engine, 'cascades', 'are checked'),
  })),
  {
    name: 'a collection that was loaded with a condition is written as if it were whole',
    edits: [
      edit(
        'tracking/apply-collections.ts',
        "if (tracked.state === 'removed' || !tracked.filtered?.has(collection)) return;",
        'if (!tracked.filtered?.has(collection) || tracked.filtered.size > 0) return;',
      ),
    ],
    killer: specification('postgres', 'link-rows', 'loaded with a condition of find'),
  },
  {
    name: 'a link row that a rival has inserted is an error of the driver',
    edits: [edit('tracking/link-rows.ts', 'if (key && collections)', 'if (key && !collections)')],
    killer: specification('mariadb', 'link-rows', 'a rival has inserted'),
  },
  {
    name: 'of two rows that point to each other the first is never pointed to the second',
    edits: [
      edit(
        'write-set/break-circle.ts',
        'return [...others, ...inTwoSteps(insert, reference)];',
        'return [...others, ...inTwoSteps(insert, reference).slice(0, 1)];',
      ),
    ],
    killer: specification('postgres', 'relations', 'inserts rows that point to each other'),
  },
  {
    name: 'who came to another owner by an earlier flush is taken for an orphan',
    edits: [edit('tracking/apply-collections.ts', 'if (points === false) continue;', '')],
    killer: specification('postgres', 'collections-across-flushes', 'keep a member that came'),
  },
  {
    name: 'a lazy collection is compared with what a rival has made of it since it was read',
    edits: [
      edit('adapter/load-subscriber.ts', 'listenToLazyLoads(dataSource.relationLoader);', ''),
    ],
    killer: specification('mariadb', 'collections-as-loaded', 'a rival (deletes|takes out)'),
  },
  {
    name: 'a member that was read as without an owner is taken out of the collection it is loaded with',
    edits: [
      edit(
        'adapter/track-graph.ts',
        'part.snapshot[index] !== undefined) return;',
        '(part.snapshot[index] ?? undefined) !== undefined) return;',
      ),
    ],
    killer: specification('postgres', 'collections-as-loaded', 'was removed softly'),
  },
  {
    name: 'a collection that was assigned in a savepoint that failed is written',
    edits: [edit('tracking/checkpoint.ts', 'return now !== undefined;', 'return false;')],
    killer: specification('postgres', 'collections-across-flushes', 'assigned in a savepoint'),
  },
  {
    name: 'a link row that a savepoint has added in vain is deleted',
    edits: [edit('flush/accept-changes.ts', 'undo?.push(() => void set(was));', '')],
    killer: specification('mariadb', 'collections-across-flushes', 'has added it in vain'),
  },
  {
    name: 'a unit that may not run again locks a hot row ahead of others',
    edits: [edit('unit-of-work/queue-place.ts', ' && this.#options.mayFail()', '')],
    killer: specification('postgres', 'hot-rows', 'may not run again'),
  },
  {
    name: 'postgres: a connection to a server that is read only goes back to the pool',
    edits: [
      edit(
        'dialect/postgres-errors.ts',
        "'25006', meaning: 'refused'",
        "'25006', meaning: 'mistake'",
      ),
    ],
    killer: specification('postgres', 'error-tables', '25006'),
  },
  {
    name: 'mariadb: a wait for a lock that was too long is nobody’s conflict',
    edits: [
      edit(
        'dialect/mysql-errors.ts',
        "'1205', meaning: 'lock-timeout'",
        "'1205', meaning: 'mistake'",
      ),
    ],
    killer: specification('mariadb', 'error-tables', '1205'),
  },
  {
    name: 'insert() follows cascades',
    edits: [edit('tracking/add-cascaded.ts', 'if (tracked.leftOut?.has(related)) continue;', '')],
    killer: specification('postgres', 'manager-graphs', 'leaves what is related to a plain'),
  },
  {
    name: 'a removal of what was loaded elsewhere follows no cascade',
    edits: [
      edit(
        'unit-of-work/given-entities.ts',
        'if (isStored && !reached.has(related)) reached',
        'if (isStored && reached.has(related)) reached',
      ),
    ],
    killer: specification('postgres', 'manager-graphs', 'softly removes and recovers'),
  },
  {
    name: 'of an array of which one is refused the others stay removed',
    edits: [
      edit('unit-of-work/take-back.ts', 'takeBack({ undo });\n    throw error;', 'throw error;'),
    ],
    killer: specification('postgres', 'manager-graphs', 'softly removes none'),
  },
  {
    name: 'a tree entity is written as a table of its own',
    edits: [
      edit('adapter/build-entity-model.ts', 'if (metadata.treeType !== undefined)', 'if (false)'),
    ],
    killer: specification('mariadb', 'trees', 'is refused where it is handed over'),
  },
  {
    name: 'leaks: who listens to the signal of a unit goes on listening',
    edits: [
      edit('support/share-signal.ts', "signal.removeEventListener('abort', all.tellAll);", ''),
    ],
    killer: leaks,
  },
  {
    name: 'leaks: what attempts have loaded is remembered',
    edits: [
      edit('unit-of-work/ambient.ts', 'new WeakMap<Attempt, Held>()', 'new Map<Attempt, Held>()'),
    ],
    killer: leaks,
  },
  ...(['postgres', 'mariadb'] as const).map((engine) => ({
    name: `${engine}: a row that a rival has deleted under a new one is the driver's error`,
    edits: [
      edit('unit-of-work/explain-failure.ts', "violation === 'foreign-key'", 'violation === null'),
    ],
    killer: specification(engine, 'foreign-keys', 'is a conflict that names it'),
  })),
  {
    name: 'an orphan without a row version is deleted from its new owner',
    edits: [
      edit(
        'write-set/lock-plan.ts',
        'return orphanOf ? [...model.tokens, ...orphanOf.keys()] : model.tokens;',
        'return model.tokens;',
      ),
    ],
    killer: specification('postgres', 'foreign-keys', 'has moved it is a conflict'),
  },
  {
    name: 'generated keys of one statement are taken to follow each other by one',
    edits: [
      edit('dialect/mysql-insert.ts', '${count - 1} * @@auto_increment_increment', '${count - 1}'),
    ],
    killer: {
      test: 'tests/specification/traps.test.ts',
      pattern: '^mysql driver: .* gives each new entity the key of its own row',
      env: { DATABASES: 'mariadb' },
    },
  },
  {
    name: 'a soft removal is told as an update',
    edits: [edit('tracking/soft-removal.ts', 'tracked.softly = by;', '')],
    killer: specification('postgres', 'soft-removal-events', 'is told as one, and as no update'),
  },
  {
    name: 'what a transformer makes anew each time is written each time',
    edits: [
      edit(
        'adapter/value-access.ts',
        'holds: column.transformer ? heldBy(dataSource, column) : undefined,',
        '',
      ),
    ],
    killer: specification('postgres', 'mapped-values', 'is not written unless it has changed'),
  },
  {
    name: 'mariadb: who throws after the answer to COMMIT passes for one who has prevented it',
    edits: [edit('adapter/unit-transaction.ts', 'ended.catch(asDriverError)', 'ended')],
    killer: specification('mariadb', 'every-await', 'after a query, later throws'),
  },
  {
    name: 'postgres: a savepoint that was released is returned to',
    edits: [
      edit(
        'unit-of-work/savepoint.ts',
        '      result = await part();\n      await writing.flush();\n',
        '      result = await part();\n      await writing.flush();\n' +
          '      await connection.send({ sql: `RELEASE SAVEPOINT ${name}`, parameters: [] });\n' +
          '      if (name) return result;\n',
      ),
    ],
    killer: specification('postgres', 'every-await', 'after a query, later throws'),
  },
  {
    name: 'a script commits whatever it has reached',
    edits: [
      edit('dialect/mariadb-script.ts', 'IF ROW_COUNT() = ? THEN', 'IF ROW_COUNT() <= ? THEN'),
    ],
    killer: specification('mariadb', 'autocommit', 'writes nothing if one row is stale'),
  },
  {
    name: 'a script that was broken off leaves its transaction open',
    edits: [
      edit(
        'adapter/database-session.ts',
        "await this.query(facade, 'ROLLBACK', [], true).catch(() => this.destroy());",
        '',
      ),
    ],
    killer: specification('mariadb', 'scripts', 'leaves nothing open, where'),
  },
  {
    name: 'a script that was interrupted is told to be rolled back',
    edits: [edit('dialect/error-table.ts', "phase === 'script' ? lost(phase) : keep", 'keep')],
    killer: specification('mariadb', 'scripts', 'its time is up'),
  },
  {
    name: 'children that move lock their parents in an order of their own',
    edits: [
      edit(
        'flush/write-changes.ts',
        'return rows.length > 1 && model.references',
        'return rows.length < 1 && model.references',
      ),
    ],
    killer: specification('mariadb', 'deadlock', 'a unit that moves children .* at READ COMMITTED'),
  },
  {
    name: 'a key that is changed in place names another row',
    edits: [
      edit(
        'model/entity-model.ts',
        'if (value instanceof Uint8Array) return',
        'if (!value) return',
      ),
      edit('write-set/collect-changes.ts', 'refuseChangedKey(tracked);', ''),
    ],
    killer: specification(
      'mariadb',
      'changed-keys',
      'in place does not make another row the one that is removed',
    ),
  },
  {
    name: 'text is written into the statement',
    edits: [
      edit(
        'dialect/sql-writer.ts',
        'this.#parameters.push(value);',
        "if (typeof value === 'string') return `'${value}'`; this.#parameters.push(value);",
      ),
    ],
    killer: specification('mariadb', 'hostile-strings', 'one by one'),
  },
];
