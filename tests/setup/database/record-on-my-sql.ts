import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';

import { databaseName, type ServerAddress } from '../databases';

interface LogEntry extends RowDataPacket {
  readonly thread: number;
  readonly command: string;
  readonly text: string;
}

/**
 * The statements that the server received in a database while `work` ran.
 *
 * One recording at a time per server, as its general log is one for all databases; another
 * process that records waits meanwhile.
 */
export async function recordOnMySql(
  server: ServerAddress,
  databaseUrl: string,
  ownConnections: ReadonlySet<number>,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const recorder = await createConnection({ uri: server.url });
  try {
    await beginRecording(recorder);
    const open = await connectionsTo(recorder, databaseName(databaseUrl));
    await work();
    await recorder.query('SET GLOBAL general_log = OFF');
    const entries = await readLog(recorder);
    return selectStatements(entries, databaseName(databaseUrl), open, ownConnections);
  } finally {
    await recorder.query('SET GLOBAL general_log = OFF');
    await recorder.end();
  }
}

async function beginRecording(recorder: Connection): Promise<void> {
  const lock = "SELECT GET_LOCK('typeorm-unit-of-work recorder', 60) AS got";
  const [[answer]] = await recorder.query<RowDataPacket[]>(lock);
  if (answer?.['got'] !== 1)
    throw new Error('another recording on this server did not end in 60 s');
  await recorder.query("SET GLOBAL log_output = 'TABLE'");
  await recorder.query('TRUNCATE TABLE mysql.general_log');
  await recorder.query('SET GLOBAL general_log = ON');
}

async function connectionsTo(recorder: Connection, database: string): Promise<Set<number>> {
  const [rows] = await recorder.query<RowDataPacket[]>(
    'SELECT id FROM information_schema.processlist WHERE db = ?',
    [database],
  );
  return new Set(rows.map(({ id }) => Number(id)));
}

async function readLog(recorder: Connection): Promise<readonly LogEntry[]> {
  const [entries] = await recorder.query<LogEntry[]>(
    `SELECT thread_id AS thread, command_type AS command, CONVERT(argument USING utf8mb4) AS text
       FROM mysql.general_log`,
  );
  return entries;
}

function selectStatements(
  entries: readonly LogEntry[],
  database: string,
  open: ReadonlySet<number>,
  ownConnections: ReadonlySet<number>,
): string[] {
  const threads = new Set(open);
  const statements: string[] = [];
  for (const { thread, command, text } of entries) {
    if (command === 'Connect' && / on (\S*) using /.exec(text)?.[1] === database)
      threads.add(thread);
    if (!threads.has(thread) || ownConnections.has(thread)) continue;
    if (command === 'Query' || command === 'Execute') statements.push(text.trimEnd());
  }
  return statements;
}
