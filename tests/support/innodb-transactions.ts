import type { TestDatabase } from '../setup/on-each-database';

/** A transaction that is open on a server with InnoDB, in whichever of its databases. */
export interface InnodbTransaction {
  /** The server's number for its connection. */
  readonly id: number;
  readonly waitsForLock: boolean;
  /** What the server says of it. */
  readonly report: string;
}

/**
 * Reads the server's report: its table of transactions tells what was true when it was last left alone
 * for 0.1 s, and on a busy server somebody else may always have asked a moment ago.
 *
 * @see https://mariadb.com/kb/en/information-schema-innodb_trx-table/
 */
export async function innodbTransactions({
  sql,
}: Pick<TestDatabase, 'sql'>): Promise<readonly InnodbTransaction[]> {
  const [row] = await sql('SHOW ENGINE INNODB STATUS');
  return readReport(String(row?.['Status']));
}

function readReport(status: string): readonly InnodbTransaction[] {
  return status
    .split('---TRANSACTION ')
    .slice(1)
    .filter((report) => !/^\S+, not started/.test(report))
    .map((report) => ({
      id: Number(/ thread id (\d+)/.exec(report)?.[1]),
      waitsForLock: report.includes('\nLOCK WAIT '),
      report,
    }));
}
