import type { DriverError, ErrorLine } from './error-table';

/** @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
export const errorTable: readonly ErrorLine[] = [
  { code: '40001', meaning: 'serialization', name: 'serialization_failure' },
  { code: '40P01', meaning: 'deadlock', name: 'deadlock_detected' },
  { code: '55P03', meaning: 'lock-timeout', name: 'lock_not_available' },
  { code: '23505', meaning: 'unique', name: 'unique_violation' },
  { code: '23P01', meaning: 'unique', name: 'exclusion_violation' },
  { code: '08000', meaning: 'lost', name: 'connection_exception' },
  { code: '08001', meaning: 'lost', name: 'sqlclient_unable_to_establish_sqlconnection' },
  { code: '08003', meaning: 'lost', name: 'connection_does_not_exist' },
  { code: '08004', meaning: 'lost', name: 'sqlserver_rejected_establishment_of_sqlconnection' },
  { code: '08006', meaning: 'lost', name: 'connection_failure' },
  { code: '08007', meaning: 'lost', name: 'transaction_resolution_unknown' },
  { code: '40003', meaning: 'lost', name: 'statement_completion_unknown' },
  { code: '25P03', meaning: 'lost', name: 'idle_in_transaction_session_timeout' },
  { code: '57P01', meaning: 'lost', name: 'admin_shutdown' },
  { code: '57P02', meaning: 'lost', name: 'crash_shutdown' },
  { code: '57P05', meaning: 'lost', name: 'idle_session_timeout' },
  { code: '57P03', meaning: 'away', name: 'cannot_connect_now' },
  { code: '53300', meaning: 'busy', name: 'too_many_connections' },
  { code: '53000', meaning: 'busy', name: 'insufficient_resources' },
  { code: '53100', meaning: 'busy', name: 'disk_full' },
  { code: '53200', meaning: 'busy', name: 'out_of_memory' },
  { code: '53400', meaning: 'busy', name: 'configuration_limit_exceeded' },
  { code: '58000', meaning: 'busy', name: 'system_error' },
  { code: '58030', meaning: 'busy', name: 'io_error' },
  // A transaction that is read only by wish, or a server that has become a standby: the pool needs another.
  { code: '25006', meaning: 'refused', name: 'read_only_sql_transaction' },
  { code: '57014', meaning: 'mistake', name: 'query_canceled' },
  { code: '25P02', meaning: 'mistake', name: 'in_failed_sql_transaction' },
  { code: '23503', meaning: 'foreign-key', name: 'foreign_key_violation' },
  { code: '08P01', meaning: 'mistake', name: 'protocol_violation' },
  { code: '0A000', meaning: 'mistake', name: 'feature_not_supported' },
  { code: '26000', meaning: 'mistake', name: 'invalid_sql_statement_name' },
];

/** `pg` puts SQLSTATE into `code`, but so does Node with EPIPE: only a server's error has a severity. */
export function readError(error: unknown): DriverError {
  const { code, severity, message } = (error ?? {}) as Record<string, unknown>;
  const text = typeof code === 'string' ? code : undefined;
  const isServer = typeof severity === 'string';
  return {
    serverCode: isServer ? text : undefined,
    clientCode: isServer ? undefined : text,
    isUnsent: !isServer && typeof message === 'string' && message.includes('not queryable'),
  };
}
