import { describeWorkload } from '../harness/describe-workload';
import { coder } from './scenario';
import { jobsCreated } from './stage';

describeWorkload(coder, {
  naiveCorruptsAt: {
    postgres: ['READ COMMITTED'],
    mariadb: ['READ COMMITTED', 'REPEATABLE READ'],
    'mariadb snapshot-isolation': ['READ COMMITTED'],
  },
  alsoExpect: ({ counts }) => {
    process.stdout.write(`  ${listOf(counts)}\n`);

    // Less than the full size may end before it is anybody's turn to be lost or cancelled.
    if ((counts[jobsCreated] ?? 0) < 800) return;
    // Nothing would be learnt of lost workers if none was lost, or nobody came after them.
    expect(counts['connections killed']).toBeGreaterThan(0);
    expect(counts['jobs left by their worker']).toBeGreaterThan(0);
    expect(counts['jobs reaped']).toBeGreaterThan(0);
    expect(counts['jobs cancelled']).toBeGreaterThan(0);
  },
});

const listOf = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .toSorted()
    .join('; ');
