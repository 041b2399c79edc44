import type { DataSource } from 'typeorm';

// The newest listed version is the latest, and no other. One statement, so it sees one moment.
const broken = `
  SELECT g.name
    FROM package_registrations g
    LEFT JOIN packages p ON p.registration_id = g.id
   GROUP BY g.id, g.name
  HAVING COALESCE(MAX(CASE WHEN p.is_latest THEN p.version_sort END), -1)
         <> COALESCE(MAX(CASE WHEN p.listed THEN p.version_sort END), -1)
      OR SUM(CASE WHEN p.is_latest THEN 1 ELSE 0 END) > 1
   ORDER BY g.name`;

/** The names whose latest version is not the newest listed one, or that have several. */
export async function findBrokenRegistrations(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ readonly name: string }[]>(broken);
  return rows.map(({ name }) => name);
}
