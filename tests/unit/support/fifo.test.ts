import * as fc from 'fast-check';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { Fifo } from '../../../lib/support/fifo';

it('is what an array would be, whoever comes and leaves in whatever order', () => {
  const anyStep = fc.oneof(
    fc.constant({ does: 'add' as const, which: 0 }),
    fc.constant({ does: 'shift' as const, which: 0 }),
    fc.record({ does: fc.constant('delete' as const), which: fc.nat(20) }),
  );

  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
      const fifo = new Fifo<number>();
      const array: number[] = [];
      let newest = 0;
      for (const { does, which } of steps) {
        if (does === 'add') {
          newest++;
          fifo.add(newest);
          array.push(newest);
        } else if (does === 'shift') {
          expect(fifo.shift()).toBe(array.shift());
        } else {
          const at = array.indexOf(which);
          expect(fifo.delete(which)).toBe(at >= 0);
          if (at >= 0) array.splice(at, 1);
        }
        expect(fifo.size).toBe(array.length);
      }
    }),
    { numRuns: 1_000 },
  );
});

it('forgets those who have left though nobody is ever first', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const fifo = new Fifo<object>();
  const comeAndGo = (times: number) => {
    for (let i = 0; i < times; i++) {
      const member = {};
      fifo.add(member);
      fifo.delete(member);
    }
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };

  const before = comeAndGo(10_000);
  const after = comeAndGo(500_000);

  // Where the iterator is never renewed 120 bytes each are kept.
  expect((after - before) / 500_000).toBeLessThan(20);
});
