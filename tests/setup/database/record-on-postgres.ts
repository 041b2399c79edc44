import { open } from 'node:fs/promises';

import { databaseName, type ServerAddress } from '../databases';
import { runSql } from '../databases/run-sql';
import { observerName } from './observer';

/** Makes the server log every statement in a database, on connections opened from now on. */
export async function logStatements(server: ServerAddress, databaseUrl: string): Promise<void> {
  const name = databaseName(databaseUrl);
  await runSql('postgres', server.url, `ALTER DATABASE "${name}" SET log_statement = 'all'`);
}

/**
 * The statements that the server received in a database while `work` ran.
 *
 * @throws {Error} The server was given by its url, so its log cannot be read.
 */
export async function recordOnPostgres(
  server: ServerAddress,
  databaseUrl: string,
  work: () => Promise<unknown>,
): Promise<string[]> {
  if (server.logFile === undefined) {
    throw new Error(
      'recordStatements reads the log of a PostgreSQL that it started: unset POSTGRES_URL',
    );
  }
  const log = await open(server.logFile);
  try {
    const { size: start } = await log.stat();
    await work();
    const { size: end } = await log.stat();
    const { buffer, bytesRead } = await log.read(Buffer.alloc(end - start), 0, end - start, start);
    return readStatements(buffer.toString('utf8', 0, bytesRead), databaseName(databaseUrl));
  } finally {
    await log.close();
  }
}

const entry =
  /^\[(?<pid>\d+)\] database=(?<database>\S*) application=(?<application>.*?) \| (?<level>[A-Z]+): {2}(?<message>[\s\S]*)$/;
const logged = /^(?:statement|execute [^:]+): (?<text>[\s\S]*)$/;

/** Reads statements out of PostgreSQL's log, whose continuation lines begin with a tab. */
export function readStatements(log: string, database: string): string[] {
  const statements: string[] = [];
  const lastOf = new Map<string, string>();
  for (const part of log.split(/\n(?!\t)/)) {
    const { pid = '', level, message = '', ...from } = entry.exec(part)?.groups ?? {};
    if (from['database'] !== database || from['application'] === observerName) continue;
    const text = message.replaceAll('\n\t', '\n').trimEnd();
    const received = level === 'LOG' ? logged.exec(text)?.groups?.['text'] : undefined;
    // A statement that fails while it is parsed is named only beside its error.
    const refused = level === 'STATEMENT' && lastOf.get(pid) !== text ? text : undefined;
    const statement = received ?? refused;
    if (statement !== undefined) statements.push(statement);
    if (received !== undefined) lastOf.set(pid, received);
    if (level === 'STATEMENT') lastOf.delete(pid);
  }
  return statements;
}
