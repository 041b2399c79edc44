import { onEachDatabase } from '../../setup/on-each-database';
import { Crew } from '../../support/crew';
import { Proxy } from '../proxy/proxy';
import type { BenchEngine } from '../cells';
import { Stage } from '../stage/stage';
import { comparedPolicies, type Cell } from './cells';
import type { Ring } from './measure/ring';
import { takeSample } from './measure/take-sample';
import type { Job, Report } from './worker/job';

const timeoutMs = 60_000;
const options = { seconds: 0.5, perSecond: 60, seed: 7 };

onEachDatabase(
  'a sample of the contention bench',
  [],
  (database) => {
    const engine = database.engine as BenchEngine;
    const hot: Cell = {
      engine,
      delayMs: 0,
      loop: 'closed',
      writers: 8,
      load: 0,
      processes: 2,
      rows: 1,
      picks: 1,
    };
    let ring: Ring;

    beforeAll(async () => {
      const { url } = database.options as { readonly url: string };
      ring = {
        engine,
        url,
        stage: new Stage(engine, url),
        proxy: await Proxy.open(url),
        crew: new Crew<Job, Report>(require.resolve('./worker/run')),
      };
    });
    afterAll(async () => {
      await ring.crew.end();
      await ring.proxy.close();
      await ring.stage.close();
    });

    it.each(comparedPolicies)(
      'finds every committed unit of %s in the rows, in either loop',
      async (policy) => {
        const open: Cell = { ...hot, loop: 'open', writers: 0, load: 30 };

        const closedSample = await takeSample(ring, hot, policy, options);
        const openSample = await takeSample(ring, open, policy, options);

        expect(closedSample.goodput).toBeGreaterThan(0);
        expect(closedSample.mostAttempts).toBeGreaterThanOrEqual(1);
        // What arrived; a process that is busy falls behind, and chance has its part.
        expect(openSample.goodput).toBeLessThan(2 * options.perSecond);
      },
      timeoutMs,
    );

    it(
      'is void where updates were lost',
      async () => {
        await expect(takeSample(ring, hot, 'naive', options)).rejects.toThrow(
          /naive, seed 7: the cell is void: \d+ committed increments, \d+ in the rows/,
        );
      },
      timeoutMs,
    );

    it(
      'counts no replay, no locking read and no waste of a writer that is alone',
      async () => {
        const alone: Cell = { ...hot, writers: 1, processes: 1 };

        const sample = await takeSample(ring, alone, 'default', options);

        expect(sample).toMatchObject({ mostAttempts: 1, lockingReads: 0, wasted: 0, spread: 1 });
      },
      timeoutMs,
    );

    it(
      'counts what FOR UPDATE locks, and attempts that plain units lose',
      async () => {
        const locking = await takeSample(ring, hot, 'for-update', options);
        const plain = await takeSample(ring, hot, 'jitter', options);

        expect(locking).toMatchObject({ mostAttempts: 1, lockingReads: 1, wasted: 0 });
        expect(plain.mostAttempts).toBeGreaterThan(1);
        expect(plain.wasted).toBeGreaterThan(0);
      },
      timeoutMs,
    );
  },
  ({ name }) => name === 'postgres' || name === 'mariadb',
);
