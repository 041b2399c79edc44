import * as fc from 'fast-check';

import { onEachDatabase } from '../setup/on-each-database';
import { toMany, toOne } from './case';
import { compareCases, type Comparison, type Copies } from './compare';
import { openCopies } from './copies';
import { anyCase } from './draw';
import { entities } from './entities';
import { casesAtOnce, howManyCases, seed } from './settings';
import { shrink } from './shrink';
import { Tally } from './tally';

// 2,000 cases take about a minute; a run on demand may make many more.
const timeoutMs = 3_600_000;

onEachDatabase('what is done to a graph of objects', entities, (database) => {
  let copies: Copies;
  beforeAll(async () => {
    copies = await openCopies(database);
  }, timeoutMs);

  it(
    'leaves the same rows in a unit of work as after save() and remove()',
    async () => {
      const wanted = howManyCases(database);
      const tally = new Tally();
      const cases = fc.sample(anyCase, { seed, numRuns: wanted });
      let fault: string | undefined;

      for (let first = 0; first < wanted; first += casesAtOnce) {
        const some = cases.slice(first, first + casesAtOnce);
        const comparisons = await compareCases(copies, some);
        for (const comparison of comparisons) tally.add(comparison);
        const found = comparisons.find(({ difference }) => difference !== undefined);
        if (found) fault = await explain(copies, found);
        if (fault !== undefined) break;
      }

      process.stdout.write(tally.describe(database.name, seed));
      expect(fault).toBeUndefined();
      expect(tally.cases).toBe(wanted);
      // Cases that nobody writes, or that TypeORM refuses, say nothing.
      expect(tally.shares.compared).toBeGreaterThan(0.75);
      expect(tally.shares.written).toBeGreaterThan(0.7);
      expect(tally.shares.relations).toBeGreaterThan(0.3);
      expect(tally.shares.links).toBeGreaterThan(0.1);
      expect(tally.shares.refused).toBeLessThan(0.05);
      for (const relation of [...Object.keys(toOne), ...Object.keys(toMany)]) {
        expect([...tally.edits.keys()].join()).toContain(relation);
      }
    },
    timeoutMs,
  );
});

async function explain(copies: Copies, { it, difference = '' }: Comparison): Promise<string> {
  const smallest = await shrink(copies, it, difference);
  const [again] = await compareCases(copies, [smallest]);
  return [
    `DIFFERENTIAL_SEED=${seed} finds it again`,
    JSON.stringify(smallest),
    again?.difference ?? difference,
  ].join('\n');
}
