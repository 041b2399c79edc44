// Gerrit's workload, once with plain save() and once with the unit of work: `npm start`.
import 'reflect-metadata';
import { createDatabase, dropDatabase, type DatabaseServer } from '../../tests/setup/databases';
import { readCommandLine } from '../setup/command-line';
import { runMain } from '../setup/run-main';
import { startServer, type DatabaseType } from '../setup/start-server';
import { fillDatabase, openDatabase } from './database';
import { readFigures, type Figures } from './figures';
import { showProgress } from './progress';
import { legend, objectionsTo, tableOf } from './report';
import { processCount, runWorkers, writerCount } from './run-workers';
import type { Variant } from './writers';

const usage = `npm start [-- --database postgres|mariadb] [--seconds 8] [--help]

Authors submit patch sets, a merge queue rebases them, checkers recompute whether changes can be
merged and reviewers comment: ${writerCount} writers in ${processCount} processes on a real database that is
started for it. They run twice, with plain TypeORM save() and with the unit of work, --seconds each.
The exit code is 0 if the first lost updates and the second did not.`;

async function main(signal: AbortSignal): Promise<number> {
  const { help, database, seconds = 8 } = readCommandLine(process.argv.slice(2), { seconds: true });
  if (help) {
    console.log(usage);
    return 0;
  }
  const server = await startServer(database);
  try {
    const naive = await runColumn('save', server, database, seconds, signal);
    const unit = await runColumn('unit-of-work', server, database, seconds, signal);
    console.log(`\n${tableOf(naive, unit)}\n${legend}\n`);
    const objections = objectionsTo(naive, unit);
    for (const objection of objections) console.log(`FAILED: ${objection}`);
    return objections.length === 0 ? 0 : 1;
  } finally {
    await server.stop();
  }
}

/** Runs the workload once, in a database of its own. */
async function runColumn(
  variant: Variant,
  server: DatabaseServer,
  type: DatabaseType,
  seconds: number,
  signal: AbortSignal,
): Promise<Figures> {
  signal.throwIfAborted();
  const address = { type, url: await createDatabase(server) };
  const dataSource = await openDatabase(address, 2);
  try {
    await fillDatabase(dataSource);
    const name = variant === 'save' ? 'plain save()' : 'unit of work';
    console.log(`\n${name}: ${writerCount} writers in ${processCount} processes, ${seconds} s`);
    const progress = showProgress(dataSource);
    try {
      await runWorkers(variant, address, seconds, signal);
    } finally {
      await progress.stop();
    }
    return await readFigures(dataSource);
  } finally {
    await dataSource.destroy();
    // An error of the run matters more, and a server of ours takes its databases along.
    await dropDatabase(server, address.url).catch(() => undefined);
  }
}

runMain(usage, main);
