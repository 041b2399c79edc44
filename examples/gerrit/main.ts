// Gerrit's workload, once with plain save() and once with the unit of work: `npm start`.
import 'reflect-metadata';
import { readCommandLine } from '../setup/command-line';
import { runMain } from '../setup/run-main';
import { startServer } from '../setup/start-server';
import { Column } from './column';
import type { Figures } from './figures';
import { legend, objectionsTo, tableOf } from './report';
import { processCount, writerCount } from './workers';

// Both columns in turns: whatever else the machine does meanwhile slows both alike.
const turns = 4;

const usage = `npm start [-- --database postgres|mariadb] [--seconds 8] [--help]

Authors submit patch sets, a merge queue rebases them, checkers recompute whether changes can be
merged and reviewers comment: ${writerCount} writers in ${processCount} processes on a real database that is
started for it. They do it with plain TypeORM save() and with the unit of work, --seconds each, in
${turns} turns. The exit code is 0 if the first lost updates and the second did not.`;

async function main(signal: AbortSignal): Promise<number> {
  const { help, database, seconds = 8 } = readCommandLine(process.argv.slice(2), { seconds: true });
  if (help) {
    console.log(usage);
    return 0;
  }
  const server = await startServer(database);
  const columns: Column[] = [];
  try {
    const naive = await Column.open('save', server, database, signal);
    columns.push(naive);
    const unit = await Column.open('unit-of-work', server, database, signal);
    columns.push(unit);
    await takeTurns(columns, seconds, signal);
    return report(await naive.figures(), await unit.figures());
  } finally {
    for (const column of columns) await column.close();
    await server.stop();
  }
}

async function takeTurns(columns: readonly Column[], seconds: number, signal: AbortSignal) {
  await Promise.all(columns.map((column) => column.ready()));
  console.log(`\n${writerCount} writers in ${processCount} processes, in turns:\n`);
  for (let turn = 1; turn <= turns; turn++) {
    console.log(`${((turn * seconds) / turns).toFixed(1)} s`);
    for (const column of columns) await column.takeTurn((seconds * 1_000) / turns, signal);
  }
  for (const column of columns) await column.endWorkers();
}

function report(naive: Figures, unit: Figures): number {
  console.log(`\n${tableOf(naive, unit)}\n${legend}\n`);
  const objections = objectionsTo(naive, unit);
  for (const objection of objections) console.log(`FAILED: ${objection}`);
  return objections.length === 0 ? 0 : 1;
}

runMain(usage, main);
