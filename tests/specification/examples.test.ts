import { DataSource } from 'typeorm';

import { Account, Product } from '../../examples/entities';
import { checkInUnit, checkWithSave } from '../../examples/gerrit/check-mergeability';
import { fillDatabase } from '../../examples/gerrit/database';
import { Change, LedgerEntry, PatchSet } from '../../examples/gerrit/entities';
import { readFigures } from '../../examples/gerrit/figures';
import { submitted } from '../../examples/gerrit/ledger';
import { objectionsTo, tableOf } from '../../examples/gerrit/report';
import { reviewInUnit, reviewWithSave } from '../../examples/gerrit/review';
import { submitInUnit, submitWithSave } from '../../examples/gerrit/submit';
import { sweepInUnit, sweepWithSave } from '../../examples/gerrit/sweep-queue';
import { listExamples, loadExample } from '../../examples/setup/list-examples';
import type { Entities } from '../setup/database/test-database';
import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';
import { withFreshDatabase } from '../support/with-fresh-database';

/** The last line that each example prints, once its own checks have passed. */
const outcomes: Readonly<Record<string, string | RegExp>> = {
  'after-commit': 'the unit ran 2 times, mails sent: ann has 91',
  attach: 'the row holds ann, 80, version 2',
  'bulk-import': 'a file with a duplicate is refused: still 5000 products are stored',
  cockatiel: 'the account holds 103 after waits of 20, 40, 80 ms',
  coder: /job 3 was cancelled and never started$/,
  'edit-form': /expect-version of Account\(\d+\) expected version 1, found 2$/,
  gerrit: 'in units: patch sets kept: 2 of 2, submits counted: 2',
  nuget: 'in units the latest version is 2',
  patchwork: 'in units the thread is 2 mails in 1 series, named units 0/1',
  porch: /rendered bob has Kptfile of rendered bob, bob.yaml of rendered bob$/,
  'retry-policy': 'given up after 3 attempts: 3 attempts of at most 3 spent',
  transfer: 'in the end ann has 20 and bob has 50',
};

it('knows the outcome of every example', () => {
  expect(Object.keys(outcomes)).toEqual(listExamples());
});

onEachDatabase('the example', [], (database) => {
  it.each(Object.entries(outcomes))('%s ends as it should', async (name, outcome) => {
    const { run, title, entities = [Account, Product] } = await loadExample(name);
    const lines: string[] = [];

    await withFreshSource(database, entities, (source) => run(source, (line) => lines.push(line)));

    expect(title).not.toBe('');
    expect(lines.at(-1)).toMatch(outcome);
  });
});

/** Examples may have tables of one name. */
function withFreshSource(
  { server, options }: TestDatabase,
  entities: Entities,
  work: (source: DataSource) => Promise<void>,
): Promise<void> {
  return withFreshDatabase(server, async (url) => {
    const own = { ...options, url: url.replace(/^[^:]+/, options.type), synchronize: true };
    const source = new DataSource({ ...own, entities: [...entities] });
    await source.initialize();
    try {
      await work(source);
    } finally {
      await source.destroy();
    }
  });
}

const nothingWrong = { lost: 0, overwritten: 0, uncounted: 0, unreviewed: 0, unacknowledged: 0 };

const variants = [
  ['save()', submitWithSave, reviewWithSave, checkWithSave, sweepWithSave],
  ['the unit of work', submitInUnit, reviewInUnit, checkInUnit, sweepInUnit],
] as const;

onEachDatabase('the ledger of Gerrit', [Change, PatchSet, LedgerEntry], (database) => {
  const figures = () => readFigures(database.source);

  beforeEach(async () => {
    for (const entity of [PatchSet, Change, LedgerEntry]) {
      await database.source.createQueryBuilder().delete().from(entity).execute();
    }
    await fillDatabase(database.source);
  });

  it.each(variants)('agrees with what %s does alone', async (_, submit, review, check, sweep) => {
    await submit(database.source, 1);
    await submit(database.source, 2);
    await sweep(database.source);
    await review(database.source, 1);
    await check(database.source, 1);

    expect(await figures()).toEqual({
      ...nothingWrong,
      commits: 6,
      submits: 2,
      sweeps: 2,
      reviews: 1,
      checks: 1,
      conflicts: 0,
      replays: 0,
      refused: 0,
      attempts: 1,
      broken: 0,
    });
  });

  it('loses nothing of units that race for one change', async () => {
    const races = [submitInUnit, submitInUnit, reviewInUnit, reviewInUnit, checkInUnit];

    await Promise.all(races.map((operation) => operation(database.source, 1)));

    const found = await figures();
    expect(found).toMatchObject({ ...nothingWrong, submits: 2, reviews: 2, broken: 0 });
    expect(found.attempts).toBeGreaterThan(1);
  });

  // Snapshot isolation refuses the second writer by itself.
  if (database.name !== 'mariadb snapshot-isolation') {
    it('shows that save() loses reviews that were acknowledged', async () => {
      const reviews = Array.from({ length: 6 }, () => reviewWithSave(database.source, 1));

      await Promise.all(reviews);

      const { lost, unreviewed, reviews: acknowledged } = await figures();
      expect(acknowledged).toBe(6);
      expect(lost).toBeGreaterThan(0);
      expect(unreviewed).toBe(lost);
    });
  }

  it('notices a patch set that somebody overwrote', async () => {
    await submitInUnit(database.source, 1);
    await database.sql("UPDATE patch_sets SET revision = 'other' WHERE patch_set_id = 2");

    // What stands there now was never acknowledged.
    const wrong = { lost: 1, overwritten: 1, unacknowledged: 1, broken: 0 };
    expect(await figures()).toMatchObject(wrong);
  });

  it('notices a change that was set back, and counts its submit once', async () => {
    await submitInUnit(database.source, 1);
    await database.sql('DELETE FROM patch_sets WHERE patch_set_id = 2');
    await database.sql('UPDATE changes SET submit_count = 0, current_patch_set_id = 1');

    const wrong = { lost: 1, overwritten: 1, uncounted: 1, unacknowledged: 0, broken: 0 };
    expect(await figures()).toMatchObject(wrong);
  });

  it('notices what was applied and never acknowledged', async () => {
    await database.sql("INSERT INTO patch_sets VALUES (1, 2, 'orphan')");
    await database.sql('UPDATE changes SET review_count = 1 WHERE change_id = 2');

    const wrong = { lost: 0, unacknowledged: 2, broken: 1 };
    expect(await figures()).toMatchObject(wrong);
  });

  it('notices a commit of which nothing is there', async () => {
    const patchSet = Object.assign(new PatchSet(), { changeId: 1, patchSetId: 2, revision: 'x' });
    await database.source.manager.insert(LedgerEntry, submitted('submit', patchSet, 1));

    expect(await figures()).toMatchObject({ lost: 1, overwritten: 1, uncounted: 1 });
  });

  it('ends well only if save() lost something and the unit of work did what it should', async () => {
    const good = await figures();
    const naive = { ...good, commits: 10, submits: 8, lost: 1 };
    const unit = { ...good, commits: 5, submits: 2 };

    expect(objectionsTo(naive, unit)).toEqual([]);
    expect(objectionsTo({ ...naive, lost: 0 }, unit)).toHaveLength(1);
    for (const wrong of [{ lost: 1 }, { unacknowledged: 1 }, { broken: 1 }, { commits: 4 }]) {
      expect(objectionsTo(naive, { ...unit, ...wrong })).toHaveLength(1);
    }
    expect(objectionsTo(naive, { ...unit, submits: 1 })).toHaveLength(1);
    expect(tableOf(naive, unit)).toMatch(/LOST updates: nobody was told +1 +0$/m);
  });
});
