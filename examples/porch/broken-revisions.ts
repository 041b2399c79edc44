import type { DataSource } from 'typeorm';

// All resources of a package are of the writer that the package names, and one is the Kptfile. One
// statement, so it sees one moment.
const broken = `
  SELECT p.id
    FROM package_revisions p
    LEFT JOIN resources r ON r.pr_id = p.id
   GROUP BY p.id, p.content_tag
  HAVING COUNT(DISTINCT r.writer_tag) <> 1
      OR MIN(r.writer_tag) <> p.content_tag
      OR SUM(CASE WHEN r.resource_key = 'Kptfile' THEN 1 ELSE 0 END) <> 1
   ORDER BY p.id`;

/** The packages whose files are not those of one writer, the one that the package names. */
export async function findBrokenRevisions(dataSource: DataSource): Promise<number[]> {
  const rows = await dataSource.query<{ readonly id: number }[]>(broken);
  return rows.map(({ id }) => id);
}
