import type { DataSource } from 'typeorm';

/** What the ledger and the final rows say about one run. Nothing in it was counted in memory. */
export type Figures = Readonly<Record<FigureName, number>>;

type FigureName =
  | 'commits'
  | 'submits'
  | 'sweeps'
  | 'reviews'
  | 'checks'
  | 'conflicts'
  | 'replays'
  | 'refused'
  | 'attempts'
  | 'lost'
  | 'overwritten'
  | 'uncounted'
  | 'unreviewed'
  | 'unacknowledged'
  | 'broken';

const ofLedger = `
  SELECT COUNT(CASE WHEN event = 'commit' THEN 1 END) AS commits,
         COUNT(CASE WHEN event = 'commit' AND operation = 'submit' THEN 1 END) AS submits,
         COUNT(CASE WHEN event = 'commit' AND operation = 'sweep' THEN 1 END) AS sweeps,
         COUNT(CASE WHEN event = 'commit' AND operation = 'review' THEN 1 END) AS reviews,
         COUNT(CASE WHEN event = 'commit' AND operation = 'check' THEN 1 END) AS checks,
         COUNT(CASE WHEN event = 'conflict' THEN 1 END) AS conflicts,
         COUNT(CASE WHEN event = 'replay' THEN 1 END) AS replays,
         COUNT(CASE WHEN event = 'refused' THEN 1 END) AS refused,
         MAX(CASE WHEN event = 'commit' THEN attempt END) AS attempts
    FROM ledger`;

// Per change: how many submits and reviews were acknowledged, and what is left of them. A submit has
// two effects, its patch set and its count; one that lost both is one lost update, and as nobody can
// tell which submit of a change is missing from the count, GREATEST is the least that were lost.
const ofRows = `
  SELECT SUM(GREATEST(submits - kept, submits - submit_count, 0)
             + GREATEST(reviews - review_count, 0)) AS lost,
         SUM(submits - kept) AS overwritten,
         SUM(GREATEST(submits - submit_count, 0)) AS uncounted,
         SUM(GREATEST(reviews - review_count, 0)) AS unreviewed,
         SUM(GREATEST(patch_sets - 1 - kept, submit_count - submits, 0)
             + GREATEST(review_count - reviews, 0)) AS unacknowledged
    FROM (SELECT c.submit_count, c.review_count,
                 (SELECT COUNT(*) FROM ledger l
                   WHERE l.change_id = c.change_id AND l.event = 'commit'
                     AND l.patch_set_id IS NOT NULL) AS submits,
                 (SELECT COUNT(*) FROM ledger l
                    JOIN patch_sets p ON p.change_id = l.change_id
                     AND p.patch_set_id = l.patch_set_id AND p.revision = l.revision
                   WHERE l.change_id = c.change_id AND l.event = 'commit') AS kept,
                 (SELECT COUNT(*) FROM ledger l
                   WHERE l.change_id = c.change_id AND l.event = 'commit'
                     AND l.operation = 'review') AS reviews,
                 (SELECT COUNT(*) FROM patch_sets p WHERE p.change_id = c.change_id) AS patch_sets
            FROM changes c) per_change`;

// The current patch set of a change exists, and none is newer.
const ofInvariant = `
  SELECT COUNT(*) AS broken
    FROM changes c
    LEFT JOIN patch_sets ps
      ON ps.change_id = c.change_id AND ps.patch_set_id = c.current_patch_set_id
   WHERE ps.change_id IS NULL
      OR EXISTS (SELECT 1 FROM patch_sets x
                  WHERE x.change_id = c.change_id AND x.patch_set_id > c.current_patch_set_id)`;

export async function readFigures(dataSource: DataSource): Promise<Figures> {
  const figures: Record<string, number> = {};
  for (const text of [ofLedger, ofRows, ofInvariant]) {
    const [row] = await dataSource.query<Record<string, unknown>[]>(text);
    // Sums and counts arrive as text, because they may exceed what a number holds.
    for (const [name, value] of Object.entries(row ?? {})) figures[name] = Number(value);
  }
  return figures as Figures;
}
