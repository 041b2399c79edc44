import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { insertAccounts, storedAccount } from '../support/accounts';
import { isMainTypeorm } from '../support/how-many-rounds';
import type { RaceJob, RaceResult } from '../support/race/race-job';
import { Racers } from '../support/race/racers';

const processes = 2;
const writers = 4;
// The mutants need fewer to lose an update.
const units = Number(process.env['RACE_UNITS'] ?? (isMainTypeorm ? 100 : 25));
// A case takes 2 s; a busy machine may take ten times as long.
const timeoutMs = 300_000;
const commits = processes * writers * units;
const levels = ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const;

let racers: Racers;
beforeAll(() => {
  racers = new Racers(processes);
});
afterAll(() => racers.stop());

onEachDatabase('race', [Account], (database) => {
  describe.each(levels)('at %s', (isolation) => {
    it(
      `keeps each of ${commits} increments of two rows by ${processes} × ${writers} writers`,
      async () => {
        const ids = await insertAccounts(database, [0, 0]);
        const { type, url } = database.options as RaceJob['options'];
        const started = performance.now();

        const results = await racers.run({
          options: { type, url },
          ids,
          isolation,
          writers,
          units,
        });

        const [first, second] = await Promise.all(ids.map((id) => storedAccount(database, id)));
        const failures = sum(results.map((result) => result.failures));
        const conflicts = Object.values(failures).reduce((all, count) => all + count, 0);
        report(database.name, isolation, { ms: performance.now() - started, failures, results });
        expect(results.flatMap(({ refused }) => refused)).toEqual([]);
        expect(results.reduce((all, result) => all + result.commits, 0)).toBe(commits);
        expect(first).toMatchObject({ balance: commits, version: commits + 1 });
        expect(second).toMatchObject({ balance: commits, version: commits + 1 });
        expect(conflicts).toBeGreaterThan(0);
      },
      timeoutMs,
    );
  });
});

function sum(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [kind, count] of counts.flatMap((some) => Object.entries(some))) {
    total[kind] = (total[kind] ?? 0) + count;
  }
  return total;
}

function report(
  name: string,
  isolation: string,
  race: { ms: number; failures: Record<string, number>; results: readonly RaceResult[] },
): void {
  const failures = Object.entries(race.failures).map(([kind, count]) => `${count} ${kind}`);
  const most = Math.max(...race.results.map(({ mostAttempts }) => mostAttempts));
  const seconds = (race.ms / 1_000).toFixed(1);
  process.stdout.write(
    `race on ${name} at ${isolation}: ${commits} commits in ${seconds} s, ` +
      `conflicts: ${failures.join(', ') || 'none'}, most attempts of a unit: ${most}\n`,
  );
}
