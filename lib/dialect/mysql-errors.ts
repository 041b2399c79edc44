import type { DriverError, ErrorLine } from './error-table';

/**
 * @see https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html
 * @see https://mariadb.com/kb/en/mariadb-error-code-reference/
 */
export const errorTable: readonly ErrorLine[] = [
  { code: '1213', meaning: 'deadlock', name: 'ER_LOCK_DEADLOCK' },
  { code: '1205', meaning: 'lock-timeout', name: 'ER_LOCK_WAIT_TIMEOUT' },
  { code: '3572', meaning: 'lock-timeout', name: 'ER_LOCK_NOWAIT' },
  { code: '1020', meaning: 'snapshot', name: 'ER_CHECKREAD' },
  { code: '3101', meaning: 'serialization', name: 'ER_TRANSACTION_ROLLBACK_DURING_COMMIT' },
  { code: '1062', meaning: 'unique', name: 'ER_DUP_ENTRY' },
  { code: '1586', meaning: 'unique', name: 'ER_DUP_ENTRY_WITH_KEY_NAME' },
  { code: '1452', meaning: 'foreign-key', name: 'ER_NO_REFERENCED_ROW_2' },
  { code: '1216', meaning: 'foreign-key', name: 'ER_NO_REFERENCED_ROW' },
  { code: '1040', meaning: 'busy', name: 'ER_CON_COUNT_ERROR' },
  { code: '1203', meaning: 'busy', name: 'ER_TOO_MANY_USER_CONNECTIONS' },
  { code: '1568', meaning: 'occupied', name: 'ER_CANT_CHANGE_TX_CHARACTERISTICS' },
  { code: '1226', meaning: 'busy', name: 'ER_USER_LIMIT_REACHED' },
  { code: '1047', meaning: 'lost', name: 'ER_UNKNOWN_COM_ERROR' },
  { code: '1053', meaning: 'lost', name: 'ER_SERVER_SHUTDOWN' },
  { code: '1152', meaning: 'lost', name: 'ER_ABORTING_CONNECTION' },
  { code: '1153', meaning: 'refused', name: 'ER_NET_PACKET_TOO_LARGE' },
  { code: '1158', meaning: 'lost', name: 'ER_NET_READ_ERROR' },
  { code: '1159', meaning: 'lost', name: 'ER_NET_READ_INTERRUPTED' },
  { code: '1160', meaning: 'lost', name: 'ER_NET_ERROR_ON_WRITE' },
  { code: '1161', meaning: 'lost', name: 'ER_NET_WRITE_INTERRUPTED' },
  { code: '1180', meaning: 'lost', name: 'ER_ERROR_DURING_COMMIT' },
  { code: '1927', meaning: 'lost', name: 'ER_CONNECTION_KILLED' },
  { code: '4031', meaning: 'lost', name: 'ER_CLIENT_INTERACTION_TIMEOUT' },
  // A server that was made read only is a replica by now: the pool needs another connection.
  { code: '1290', meaning: 'refused', name: 'ER_OPTION_PREVENTS_STATEMENT' },
  { code: '1836', meaning: 'refused', name: 'ER_READ_ONLY_MODE' },
  { code: '1792', meaning: 'mistake', name: 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION' },
  { code: '1317', meaning: 'interrupted', name: 'ER_QUERY_INTERRUPTED' },
  { code: '1969', meaning: 'interrupted', name: 'ER_STATEMENT_TIMEOUT' },
  { code: '3024', meaning: 'interrupted', name: 'ER_QUERY_TIMEOUT' },
  { code: '1390', meaning: 'mistake', name: 'ER_PS_MANY_PARAM' },
];

/** mysql2 numbers its own errors too (ECONNRESET is -104): only a server's error has a message of the server. */
export function readError(error: unknown): DriverError {
  const { code, errno, sqlMessage, message } = (error ?? {}) as Record<string, unknown>;
  const isServer = typeof errno === 'number' && errno > 0 && typeof sqlMessage === 'string';
  return {
    serverCode: isServer ? String(errno) : undefined,
    clientCode: !isServer && typeof code === 'string' ? code : undefined,
    isUnsent:
      !isServer && typeof message === 'string' && message.startsWith("Can't add new command"),
  };
}
