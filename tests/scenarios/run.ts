// Measures the scenarios and writes the README's table: `npm run scenarios`.
import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { CommandLineError } from '../../examples/setup/command-line';
import { runMain } from '../../examples/setup/run-main';
import { chooseVariants } from '../setup/database/matrix';
import { readCommandLine } from './figures/command-line';
import { mergeFigures, readFigures, writeFigures } from './figures/figures';
import { measure } from './figures/measure';
import { withTable } from './figures/table';
import { hasWorkloads } from './harness/cells';
import { scenarios } from './scenarios';

const readme = join(__dirname, '../../README.md');

const usage = `npm run scenarios [-- <scenario> …] [--databases postgres,mariadb] [--size 1]

Runs the workloads of the five systems on real databases, which are started: as each system did it,
in units of work, and with one writer, at every isolation level. What was measured replaces the same
cells of tests/scenarios/figures.json and the table in README.md. --size 0.1 is a quick look.
Scenarios: ${scenarios.map(({ name }) => name).join(', ')}. The exit code is 0 if nothing was wrong after units of work.`;

async function main(signal: AbortSignal): Promise<number> {
  const { help, size, databases, ...chosen } = readCommandLine(process.argv.slice(2), scenarios);
  if (help) {
    console.log(usage);
    return 0;
  }
  const objections: string[] = [];
  for (const database of chooseDatabases(databases)) {
    const measured = await measure(database, chosen.scenarios, size, signal);
    const { version, figures } = measured;
    writeFigures(mergeFigures(readFigures(), { servers: { [database.name]: version }, figures }));
    objections.push(...measured.objections);
  }
  const text = readFileSync(readme, 'utf8');
  writeFileSync(readme, withTable(text, readFigures(), scenarios));
  for (const objection of objections) console.log(`FAILED: ${objection}`);
  return objections.length === 0 ? 0 : 1;
}

function chooseDatabases(names: string | undefined) {
  try {
    return chooseVariants(names === undefined ? {} : { DATABASES: names }).filter(hasWorkloads);
  } catch (error) {
    throw new CommandLineError((error as Error).message.replace('DATABASES', '--databases'));
  }
}

runMain(usage, main);
