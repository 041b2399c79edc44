import type { DataSource } from 'typeorm';

import type { Share } from '../scenario';

const losses = ['while it claims', 'before it begins', 'while it runs'] as const;

/** Where a worker loses its connection. */
export type Loss = (typeof losses)[number] | 'none';

/** Deals out the losses of one process: of 50 claims one ends in a loss, each sort in its turn. */
export class Losses {
  readonly #share: Pick<Share, 'variant' | 'process'>;
  #claims = 0;

  constructor(share: Pick<Share, 'variant' | 'process'>) {
    this.#share = share;
  }

  next(): Loss {
    const { variant, process } = this.#share;
    const claims = this.#claims++;
    // The naive code needs nothing of the kind to go wrong.
    if (variant !== 'unit-of-work' || claims % 50 !== 10) return 'none';
    return losses[(Math.floor(claims / 50) + process) % losses.length] ?? 'none';
  }
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
