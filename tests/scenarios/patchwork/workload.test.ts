import { describeWorkload } from '../harness/describe-workload';
import { patchwork } from './scenario';
import { deliveredAgain, mailsTold, peopleBuilt, seriesBuilt, threadsSent } from './work';

describeWorkload(patchwork, {
  naiveCorruptsAt: {
    postgres: ['READ COMMITTED'],
    mariadb: ['READ COMMITTED'],
    'mariadb snapshot-isolation': ['READ COMMITTED'],
  },
  alsoExpect: ({ counts }) => {
    const shown = [mailsTold, seriesBuilt, peopleBuilt, deliveredAgain];
    process.stdout.write(`  ${shown.map((what) => `${counts[what] ?? 0} ${what}`).join('; ')}\n`);

    const { [threadsSent]: threads = 0, [seriesBuilt]: built } = counts;
    // A quick look may end before two parsers meet in one thread.
    if (threads < 200) return;
    // Nothing would be learnt of parsers of which none is too late.
    expect(built).toBeGreaterThan(threads);
  },
});
