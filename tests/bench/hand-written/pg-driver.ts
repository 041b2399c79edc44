import { Pool } from 'pg';

import type { Account } from '../account';
import { patience } from '../peers/data-source-options';
import { keysOf, lastOf } from '../peers/peer';
import { selection, type Driver } from './driver';
import { postgresForms } from './postgres-forms';

export function openPg(url: string, connections: number): Driver {
  const pool = new Pool({ connectionString: url, max: connections, ...patience });
  // The server that ends first at the close of the bench is no fault of a sample.
  pool.on('error', () => undefined);
  return {
    forms: postgresForms,
    connect: async () => {
      const client = await pool.connect();
      return {
        query: async ({ sql, parameters }) => {
          const answer = await client.query<Account>(sql, parameters as unknown[]);
          return { rows: answer.rows, count: answer.rowCount ?? 0 };
        },
        release: () => client.release(),
      };
    },
    select: (keys, load) => {
      const from = `SELECT ${selection} FROM account WHERE id`;
      if (keys.count === 1) return { sql: `${from} = $1`, parameters: [keys.first] };
      return load === 'keys'
        ? { sql: `${from} = ANY($1)`, parameters: [keysOf(keys)] }
        : { sql: `${from} BETWEEN $1 AND $2`, parameters: [keys.first, lastOf(keys)] };
    },
    close: () => pool.end(),
  };
}
