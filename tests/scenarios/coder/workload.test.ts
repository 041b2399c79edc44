import { describeWorkload } from '../harness/describe-workload';
import { coder } from './scenario';

describeWorkload(coder, {
  naiveCorruptsAt: {
    postgres: ['READ COMMITTED'],
    mariadb: ['READ COMMITTED', 'REPEATABLE READ'],
    'mariadb snapshot-isolation': ['READ COMMITTED'],
  },
});
