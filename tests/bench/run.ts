// Measures this library beside others and beside statements written by hand: `npm run bench`.
import 'reflect-metadata';

import { runMain } from '../../examples/setup/run-main';
import { readCommandLine } from './command-line';
import { measureEngine } from './measure/measure-engine';

const usage = `npm run bench [-- --database postgres,mariadb] [--operations update,insert,delete]
  [--rows 1,10,100,1000,10000] [--peers hand-written,unit-of-work,…] [--delay on|off|both] [--seconds 8]`;

async function main(signal: AbortSignal): Promise<number> {
  const chosen = readCommandLine(process.argv.slice(2));
  if (chosen.help) {
    console.log(usage);
    return 0;
  }
  for (const engine of chosen.engines) {
    await measureEngine(engine, chosen, (line) => console.log(line), signal);
  }
  return 0;
}

runMain(usage, main);
