import type { DataSource } from 'typeorm';

import { findBrokenThreads } from '../../../examples/patchwork/broken-threads';
import { addCounts } from '../harness/outcome';
import type { Tally, Violation } from '../scenario';
import { mailsTold, personMoves, seriesMoves } from './work';

/** Each finds as many rows as there are violations. */
const findings: Readonly<Record<string, string>> = {
  'mails lost': `
    SELECT DISTINCT i.msgid FROM inbox i
      LEFT JOIN patches p ON p.project_id = i.project_id AND p.msgid = i.msgid WHERE p.id IS NULL`,
  'patches that are no mail': `
    SELECT p.id FROM patches p
      LEFT JOIN inbox i ON i.project_id = p.project_id AND i.msgid = p.msgid WHERE i.id IS NULL`,
  'patches without a series': `
    SELECT p.id FROM patches p LEFT JOIN series s ON s.id = p.series_id WHERE s.id IS NULL`,
  'series without a mail': `
    SELECT s.id FROM series s LEFT JOIN patches p ON p.series_id = s.id WHERE p.id IS NULL`,
  'threads in several series': `
    SELECT thread_root FROM patches
     GROUP BY project_id, thread_root HAVING COUNT(DISTINCT series_id) > 1`,
  'patches in another series than their thread': `
    SELECT p.id FROM patches p
      LEFT JOIN series_references r ON r.project_id = p.project_id AND r.msgid = p.thread_root
     WHERE p.series_id IS NOT NULL AND (r.series_id IS NULL OR r.series_id <> p.series_id)`,
  'cover letters lost by their series': `
    SELECT p.id FROM patches p JOIN series s ON s.id = p.series_id
     WHERE p.number = 0 AND (s.cover_id IS NULL OR s.cover_id <> p.id)`,
  // The cover letter comes before patch 1, and has the lowest number.
  'series that are not named after their first mail': `
    SELECT DISTINCT s.id FROM series s
      JOIN patches p ON p.series_id = s.id
      JOIN inbox i ON i.project_id = p.project_id AND i.msgid = p.thread_root
     WHERE s.name IS NULL OR s.name <> i.subject`,
  'series with another total than their mails': `
    SELECT DISTINCT s.id FROM series s
      JOIN patches p ON p.series_id = s.id
      JOIN inbox i ON i.project_id = p.project_id AND i.msgid = p.msgid
     WHERE i.total <> s.total`,
  'addresses of several people': `
    SELECT LOWER(email_key) FROM people GROUP BY LOWER(email_key) HAVING COUNT(*) > 1`,
  'patches of somebody else than their sender': `
    SELECT DISTINCT p.id FROM patches p
      JOIN inbox i ON i.project_id = p.project_id AND i.msgid = p.msgid
      LEFT JOIN people o ON o.id = p.submitter_id
     WHERE o.id IS NULL OR LOWER(o.email_key) <> LOWER(i.sender_address)`,
  // As many mails as the thread's total, and the cover letter if there is one.
  'threads that are not whole': `
    SELECT i.thread_root FROM inbox i
      LEFT JOIN patches p ON p.project_id = i.project_id AND p.msgid = i.msgid
     GROUP BY i.project_id, i.thread_root
    HAVING COUNT(DISTINCT p.msgid) <> MAX(i.total) + MAX(CASE WHEN i.number = 0 THEN 1 ELSE 0 END)
        OR COUNT(DISTINCT p.series_id) <> 1`,
};

/** What the parsers were told, and the statement that says what is there. */
const ledgers: readonly (readonly [what: string, told: string, found: string])[] = [
  ['mails', mailsTold, 'SELECT COUNT(*) AS n FROM patches'],
  ['row versions of series', seriesMoves, 'SELECT SUM(row_version - 1) AS n FROM series'],
  ['row versions of people', personMoves, 'SELECT SUM(row_version - 1) AS n FROM people'],
];

/** Compares the rows with the mails that were sent and with what the parsers were told. */
export async function inspect(
  source: DataSource,
  tallies: readonly Tally[],
): Promise<readonly Violation[]> {
  const broken = await findBrokenThreads(source);
  const violations: Violation[] = [{ what: 'threads broken', count: broken.length }];
  for (const [what, text] of Object.entries(findings)) {
    const rows = await source.query<unknown[]>(text);
    violations.push({ what, count: rows.length });
  }
  const counts = addCounts(tallies.map((tally) => tally.counts));
  // As the system did it no version moves, and nothing of that is promised.
  if (counts[mailsTold] === undefined) return violations;
  for (const [what, told, text] of ledgers) {
    const [row] = await source.query<{ readonly n: unknown }[]>(text);
    const count = Math.abs(Number(row?.n) - (counts[told] ?? 0));
    violations.push({ what: `${what} told and not there, or there and not told`, count });
  }
  return violations;
}
