import * as fc from 'fast-check';

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
