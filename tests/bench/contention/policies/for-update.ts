import type { BenchEngine } from '../../cells';
import type { Connection, Statement } from '../../hand-written/driver';
import { openDriver } from '../../hand-written/open-driver';
import type { OpenPolicy } from './policy';
import { refusalOf } from './refusal';

const text = (sql: string): Statement => ({ sql, parameters: [] });

/** By hand with the bare driver: BEGIN, SELECT … FOR UPDATE, UPDATE, COMMIT. */
export const openForUpdate: OpenPolicy = (...place) => openByHand(' FOR UPDATE', ...place);

/** The same without a lock: it loses updates, which shows that they would be noticed. */
export const openNaive: OpenPolicy = (...place) => openByHand('', ...place);

function openByHand(
  suffix: string,
  ...[target, connections, counter]: Parameters<OpenPolicy>
): ReturnType<OpenPolicy> {
  const driver = openDriver(target, connections);
  const update = updateOf(target.engine);
  const change = async (send: Connection['query'], key: number) => {
    const { sql, parameters } = driver.select({ first: key, count: 1 }, 'keys');
    const [account] = (await send({ sql: `${sql}${suffix}`, parameters })).rows;
    if (!account) throw new Error(`there is no account ${key}`);
    await send({ sql: update, parameters: [account.balance + 1, key] });
  };
  return {
    runUnit: async (keys) => {
      const connection = await driver.connect();
      const send: Connection['query'] = (statement) => {
        counter.logQuery(statement.sql);
        return connection.query(statement);
      };
      try {
        await send(text('BEGIN'));
        for (const key of keys) await change(send, key);
        await send(text('COMMIT'));
        return { attempts: 1 };
      } catch (error) {
        await send(text('ROLLBACK'));
        const refusedBy = refusalOf(error);
        if (refusedBy === undefined) throw error;
        return { attempts: 1, refusedBy };
      } finally {
        connection.release();
      }
    },
    close: () => driver.close(),
  };
}

function updateOf(engine: BenchEngine): string {
  const [balance, key] = engine === 'postgres' ? ['$1', '$2'] : ['?', '?'];
  return `UPDATE account SET balance = ${balance}, row_version = row_version + 1 WHERE id = ${key}`;
}
