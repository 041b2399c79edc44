import { describeWorkload } from '../harness/describe-workload';
import { porch } from './scenario';
import { renders } from './writer';

describeWorkload(porch, {
  naiveCorruptsAt: {
    postgres: ['READ COMMITTED'],
    mariadb: ['READ COMMITTED'],
    'mariadb snapshot-isolation': ['READ COMMITTED'],
  },
  alsoExpect: ({ counts, attemptsOf, operations }) => {
    const ended = attemptsOf['render']?.reduce((sum, count) => sum + count, 0) ?? 0;
    process.stdout.write(`  ${counts[renders]} ${renders}; ${ended} operations\n`);

    // A quick look may see little.
    if (operations < 200) return;
    // Nothing would be learnt of renders that nobody overtakes.
    expect(counts[renders]).toBeGreaterThan(ended);
  },
});
