import { describeWorkload } from '../harness/describe-workload';
import { total } from '../harness/histogram';
import { gerrit } from './scenario';

describeWorkload(gerrit, {
  // Stricter levels of PostgreSQL, and snapshot isolation, refuse the second writer by themselves.
  naiveCorruptsAt: {
    postgres: ['READ COMMITTED'],
    mariadb: ['READ COMMITTED', 'REPEATABLE READ'],
    'mariadb snapshot-isolation': ['READ COMMITTED'],
    mysql: ['READ COMMITTED', 'REPEATABLE READ'],
  },
  alsoExpect({ operations, committed, refused, attemptsOf }, isolation) {
    // Everybody was told how it ended.
    expect(committed + total(Object.values(refused))).toBe(operations);
    // Stricter levels may refuse a row because of any column: there the checkers do stand in the way.
    if (isolation !== 'READ COMMITTED') return;
    const submits = attemptsOf['submit'] ?? [];
    const slow = total(submits.slice(4));
    expect(total(submits)).toBeGreaterThan(0);
    // The 99th percentile is 4 attempts at most; of a short run, one submit may need more.
    expect(slow).toBeLessThanOrEqual(Math.max(1, 0.01 * total(submits)));
    expect(attemptsOf['check']).toHaveLength(1);
  },
});
