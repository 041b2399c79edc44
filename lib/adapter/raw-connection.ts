/** What `QueryRunner.connect()` answers, as far as it is documented by pg and mysql2. */
export interface RawConnection {
  /** mysql2: closes the socket at once and leaves the pool. */
  destroy?(): void;
  /** pg: closes the socket at once if a query is running. */
  end?(): Promise<void> | void;
  /** pg: `'I'` idle, `'T'` in a transaction, `'E'` in a failed one. */
  getTransactionStatus?(): string | null;
  query(text: string): Promise<{ readonly command?: string }>;
}

/**
 * Closes a connection for good: the pool drops it when it is given back.
 *
 * A transaction that is open on it is rolled back by the server.
 */
export function destroyConnection(connection: RawConnection): void {
  if (typeof connection.destroy === 'function') {
    connection.destroy();
    return;
  }
  // It may be closed already; there is nobody left to tell.
  Promise.resolve(connection.end?.()).catch(() => undefined);
}

/** Whether the driver says that a transaction is still open. */
export function isInTransaction(connection: RawConnection): boolean {
  const status = connection.getTransactionStatus?.();
  return status !== undefined && status !== null && status !== 'I';
}
