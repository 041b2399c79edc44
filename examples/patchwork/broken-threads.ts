import type { DataSource } from 'typeorm';

// All mails of a thread are in one series, which knows its cover letter. One statement sees one moment.
const broken = `
  SELECT p.thread_root AS root
    FROM patches p LEFT JOIN series s ON s.id = p.series_id
   GROUP BY p.project_id, p.thread_root
  HAVING COUNT(s.id) < COUNT(*)
      OR COUNT(DISTINCT s.id) > 1
      OR SUM(CASE WHEN p.number = 0 AND COALESCE(s.cover_id, 0) <> p.id THEN 1 ELSE 0 END) > 0
   ORDER BY p.thread_root`;

/** The threads, by their first mail, that are split, in no series, or without their cover letter. */
export async function findBrokenThreads(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ readonly root: string }[]>(broken);
  return rows.map(({ root }) => root);
}
