import type { IsolationLevel } from '../../lib/index';
import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';
import type { AnomalyKind } from './checker/anomaly';
import { check } from './checker/check';
import type { Strictness } from './checker/find-cycles';
import { entities } from './entities';
import { fillTables } from './run/place';
import { openPools, runHistory, type Pools } from './run/run-history';
import { runNaively } from './run/run-naively';
import { runUnit, type Runner } from './run/run-unit';
import { seed, unitsOfHistory } from './settings';

const timeoutMs = 300_000;
const mostHistories = 10;

// What goes wrong on a server does so with every driver.
const isServer = ({ name }: Pick<TestDatabase, 'name'>): boolean => name !== 'mysql driver';

interface Control {
  readonly run: Runner;
  readonly isolation: IsolationLevel;
  /** Stricter than what is promised there. */
  readonly strictness: Strictness;
}

// Checkers that find nothing here would find nothing anywhere.
onEachDatabase(
  'random units at the same time',
  entities,
  (database) => {
    let pools: Pools;
    beforeAll(async () => {
      await fillTables(database);
      pools = await openPools(database);
    }, timeoutMs);

    /** What both checkers accuse units of that guard nothing, in as many histories as it takes. */
    async function accusations(
      { run, isolation, strictness }: Control,
      enough: AnomalyKind,
    ): Promise<Record<'versions' | 'lists', Set<AnomalyKind>>> {
      const found = { versions: new Set<AnomalyKind>(), lists: new Set<AnomalyKind>() };
      for (let index = 0; index < mostHistories; index++) {
        const plan = { seed: seed + index, units: unitsOfHistory, guarded: 0, isolation };
        const { versions, lists } = check(await runHistory(pools, plan, run), strictness);
        for (const { kind } of versions.anomalies) found.versions.add(kind);
        for (const { kind } of lists.anomalies) found.lists.add(kind);
        if (found.versions.has(enough) && found.lists.has(enough)) break;
      }
      return found;
    }

    it(
      'lose updates if they find and save()',
      async () => {
        const naive = {
          run: runNaively,
          isolation: 'READ COMMITTED',
          strictness: 'checked',
        } as const;

        const found = await accusations(naive, 'lost update');

        expect(found.versions).toContain('lost update');
        expect(found.lists).toContain('lost update');
      },
      timeoutMs,
    );

    it(
      'skew what they write if they do not assert what they read',
      async () => {
        const trusting = {
          run: runUnit,
          isolation: 'REPEATABLE READ',
          strictness: 'serializable',
        } as const;

        const found = await accusations(trusting, 'G2: write skew');

        expect([...found.versions]).toEqual(['G2: write skew']);
        expect([...found.lists]).toEqual(['G2: write skew']);
      },
      timeoutMs,
    );

    it(
      'see half of what others do if they neither assert it nor have a snapshot',
      async () => {
        const glancing = {
          run: runUnit,
          isolation: 'READ COMMITTED',
          strictness: 'snapshot',
        } as const;

        const found = await accusations(glancing, 'G-single: read skew');

        expect([...found.versions]).toEqual(['G-single: read skew']);
        expect([...found.lists]).toEqual(['G-single: read skew']);
      },
      timeoutMs,
    );
  },
  isServer,
);
