import { createPool, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';

import type { Account } from '../account';
import { keysOf, lastOf } from '../peers/peer';
import { selection, type Driver } from './driver';
import { mariaDbForms } from './mariadb-forms';

export function openMysql2(url: string, connections: number): Driver {
  const pool = createPool({ uri: url, connectionLimit: connections, charset: 'utf8mb4' });
  return {
    forms: mariaDbForms,
    connect: async () => {
      const connection = await pool.getConnection();
      return {
        query: async ({ sql, parameters }) => {
          const [answer] = await connection.query<RowDataPacket[] | ResultSetHeader>(
            sql,
            parameters as unknown[],
          );
          // The driver knows no type of the rows; `selection` names what an Account has.
          if (Array.isArray(answer)) return { rows: answer as unknown as Account[], count: 0 };
          return { rows: [], count: answer.affectedRows };
        },
        release: () => connection.release(),
      };
    },
    select: (keys, load) => {
      const from = `SELECT ${selection} FROM account WHERE id`;
      if (keys.count === 1) return { sql: `${from} = ?`, parameters: [keys.first] };
      return load === 'keys'
        ? { sql: `${from} IN (?)`, parameters: [keysOf(keys)] }
        : { sql: `${from} BETWEEN ? AND ?`, parameters: [keys.first, lastOf(keys)] };
    },
    close: () => pool.end(),
  };
}
