import { Column, Entity, PrimaryGeneratedColumn, type DataSource } from 'typeorm';

/** What a writer was told: the content that it had before its eyes is replaced. Only ever added. */
@Entity('replacements')
export class Replacement {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ name: 'pr_id', type: 'int' })
  revisionId: number;

  @Column({ name: 'replaced_tag', type: 'varchar', length: 40 })
  replaced: string;

  @Column({ type: 'varchar', length: 40 })
  tag: string;
}

/** Contents with several successors: all but one of these were written by somebody who overwrote another. */
const overwritten = `
  SELECT COUNT(*) - 1 AS n FROM replacements GROUP BY pr_id, replaced_tag HAVING COUNT(*) > 1`;

/** How often somebody has overwritten content that they had never seen. */
export async function countOverwritten(source: DataSource): Promise<number> {
  const rows = await source.query<{ readonly n: unknown }[]>(overwritten);
  return rows.reduce((sum, { n }) => sum + Number(n), 0);
}

/** Every content that is there or was replaced, and that nobody was told to have stored. */
const unacknowledged = `
  SELECT p.id FROM package_revisions p
   WHERE p.content_tag <> 'first'
     AND NOT EXISTS (SELECT 1 FROM replacements r WHERE r.pr_id = p.id AND r.tag = p.content_tag)`;

/** How many packages have content that nobody was told to have stored. */
export async function countUnacknowledged(source: DataSource): Promise<number> {
  return (await source.query<unknown[]>(unacknowledged)).length;
}
