import type { DataSource } from 'typeorm';

const losses = ['while it claims', 'before it begins', 'while it runs'] as const;

/** Where a worker loses its connection. */
export type Loss = (typeof losses)[number];

/** Of all claims 2 % end in one of the losses. */
export function drawLoss(random: () => number): Loss | undefined {
  if (random() >= 0.02) return undefined;
  return losses[Math.floor(random() * losses.length)];
}

/** Ends, from another connection, the one that a manager or a pool of one connection uses. */
export async function killConnection(
  victim: Pick<DataSource, 'query'>,
  killer: DataSource,
): Promise<void> {
  const isPostgres = killer.options.type === 'postgres';
  const own = isPostgres ? 'pg_backend_pid()' : 'connection_id()';
  const [row] = await victim.query<{ readonly id: unknown }[]>(`SELECT ${own} AS id`);
  const id = Number(row?.id);
  await killer.query(isPostgres ? `SELECT pg_terminate_backend(${id})` : `KILL ${id}`);
}
