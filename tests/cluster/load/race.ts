import { join } from 'node:path';

import { WorkTree } from '../../mutants/work-tree';
import { Crew } from '../../support/crew';
import type { RaceJob, RaceResult } from '../../support/race/race-job';
import { summarize, type Race } from '../../support/race/summarize';
import { openAccounts, storedAccount } from '../support/accounts';
import type { ClusterDatabase } from '../support/cluster-database';
import type { Find } from '../support/describe-cluster';
import { isFull } from '../support/size';

const writers = 4;
const units = isFull ? 200 : 10;
const levels = isFull
  ? (['READ COMMITTED', 'REPEATABLE READ'] as const)
  : (['READ COMMITTED'] as const);
const timeoutMs = 600_000;

/** What compares a version, in a flush of several rows. */
const predicates = [
  { file: 'lib/flush/lock-rows.ts', find: '(expected !== null && actual !== expected) ||' },
  {
    file: 'lib/dialect/mysql-write.ts',
    find: '` AND t.${sql.name(version.databaseName)} = x.v`',
  },
] as const;

/** Defines that no increment is lost of processes that each have a node of their own. */
export function defineRace(database: Find<ClusterDatabase>): void {
  it.each(levels)(
    'keeps each increment of two rows at %s',
    async (isolation) => {
      const ids = await openAccounts(database(), [0, 0]);

      const race = await run(database(), require.resolve('../../support/race/run'), {
        ids,
        isolation,
      });

      report(isolation, race);
      expect(race.refused).toEqual([]);
      expect(race.commits).toBe(3 * writers * units);
      for (const id of ids) {
        const stored = { balance: race.commits, version: race.commits + 1 };
        expect(await storedAccount(database(), id)).toEqual(stored);
      }
      expect(Object.keys(race.failures)).not.toEqual([]);
    },
    timeoutMs,
  );

  it(
    'would lose some if a library that is broken on purpose compared no version',
    async () => {
      const ids = await openAccounts(database(), [0, 0]);
      const broken = new WorkTree();
      try {
        const [lock, write] = predicates;
        broken.apply([
          { ...lock, replace: '' },
          { ...write, replace: "''" },
        ]);

        const script = join(broken.folder, 'tests/support/race/run.ts');
        const race = await run(database(), script, { ids, isolation: undefined });

        const [id = 0] = ids;
        const kept = Number((await storedAccount(database(), id))?.['balance']);
        report('without versions', race);
        process.stdout.write(`  ${race.commits - kept} of ${race.commits} updates were lost\n`);
        expect(kept).toBeLessThan(race.commits);
      } finally {
        broken.remove();
      }
    },
    timeoutMs,
  );
}

/** One process at each node, all of them at the same time. */
async function run(
  database: ClusterDatabase,
  script: string,
  job: Pick<RaceJob, 'ids' | 'isolation'>,
): Promise<Race> {
  const crew = new Crew<RaceJob, RaceResult>(script);
  try {
    const jobs = database.urls.map((url): RaceJob => {
      return { ...job, options: { type: 'mariadb', url }, writers, units };
    });
    return summarize(await crew.run(jobs));
  } finally {
    await crew.end();
  }
}

function report(what: string, { commits, failures, mostAttempts }: Race): void {
  const conflicts = Object.entries(failures).map(([kind, count]) => `${count} ${kind}`);
  process.stdout.write(
    `race on three nodes, ${what}: ${commits} commits, conflicts: ${conflicts.join(', ')}, ` +
      `most attempts of a unit: ${mostAttempts}\n`,
  );
}
