import { describeWorkload } from '../harness/describe-workload';
import { gerrit } from './scenario';

describeWorkload(gerrit, {
  naiveCorruptsAt: {
    postgres: ['READ COMMITTED'],
    mariadb: ['READ COMMITTED', 'REPEATABLE READ'],
    'mariadb snapshot-isolation': ['READ COMMITTED'],
  },
});
