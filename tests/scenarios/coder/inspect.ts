import type { DataSource } from 'typeorm';

import { addCounts } from '../harness/outcome';
import type { Tally, Violation } from '../scenario';
import { jobMoves, jobsCreated, runsBegun, workspaceMoves } from './stage';

/** Each finds as many rows as there are violations. */
const findings: Readonly<Record<string, string>> = {
  'jobs without a build': `
    SELECT j.id FROM provisioner_jobs j LEFT JOIN workspace_builds b ON b.job_id = j.id
     WHERE b.id IS NULL`,
  'jobs half started': `
    SELECT id FROM provisioner_jobs WHERE (started_at IS NULL) <> (worker_id IS NULL)`,
  'jobs that ran more than once': `
    SELECT job_id FROM executions GROUP BY job_id HAVING COUNT(*) > 1`,
  // Only pending jobs are cancelled, so whatever is cancelled was so before it began.
  'jobs that ran although they were cancelled': `
    SELECT DISTINCT j.id FROM provisioner_jobs j JOIN executions e ON e.job_id = j.id
     WHERE j.canceled_at IS NOT NULL`,
  'jobs that neither ran nor were cancelled': `
    SELECT j.id FROM provisioner_jobs j LEFT JOIN executions e ON e.job_id = j.id
     WHERE e.id IS NULL AND j.canceled_at IS NULL`,
  'jobs never completed': `
    SELECT id FROM provisioner_jobs WHERE canceled_at IS NULL AND completed_at IS NULL`,
  'workspaces whose count of builds is wrong': `
    SELECT w.id FROM workspaces w LEFT JOIN workspace_builds b ON b.workspace_id = w.id
     GROUP BY w.id, w.last_build_number HAVING COUNT(b.id) <> w.last_build_number`,
};

/** What the writers were told, and the statement that says what is there. */
const ledgers: readonly (readonly [what: string, told: string, found: string])[] = [
  ['jobs', jobsCreated, 'SELECT COUNT(*) AS n FROM provisioner_jobs'],
  ['executions', runsBegun, 'SELECT COUNT(*) AS n FROM executions'],
  ['row versions of jobs', jobMoves, 'SELECT SUM(row_version - 1) AS n FROM provisioner_jobs'],
  [
    'row versions of workspaces',
    workspaceMoves,
    'SELECT SUM(row_version - 1) AS n FROM workspaces',
  ],
];

/** Compares the rows with the invariant and with what the actors were told. */
export async function inspect(
  source: DataSource,
  tallies: readonly Tally[],
): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  for (const [what, text] of Object.entries(findings)) {
    const rows = await source.query<unknown[]>(text);
    violations.push({ what, count: rows.length });
  }
  const counts = addCounts(tallies.map((tally) => tally.counts));
  for (const [what, told, text] of ledgers) {
    const [row] = await source.query<{ readonly n: unknown }[]>(text);
    const count = Math.abs(Number(row?.n) - (counts[told] ?? 0));
    violations.push({ what: `${what} told and not there, or there and not told`, count });
  }
  return violations;
}
