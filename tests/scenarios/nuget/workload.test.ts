import { describeWorkload } from '../harness/describe-workload';
import { nuget } from './scenario';
import { checksMeanwhile, editsTold } from './work';

describeWorkload(nuget, {
  naiveCorruptsAt: {
    postgres: ['READ COMMITTED'],
    mariadb: ['READ COMMITTED'],
    'mariadb snapshot-isolation': ['READ COMMITTED'],
  },
  alsoExpect: ({ counts, operations }) => {
    const { [editsTold]: edits = 0, [checksMeanwhile]: checks = 0 } = counts;
    process.stdout.write(`  ${edits} ${editsTold}; ${checks} ${checksMeanwhile}\n`);

    // A quick look may see little.
    if (operations < 200) return;
    // Nothing would be learnt of units that find nothing to do, or that nobody looks at.
    expect(edits).toBeGreaterThan(operations / 2);
    expect(checks).toBeGreaterThan(0);
  },
});
