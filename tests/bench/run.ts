// Measures this library beside others and beside statements written by hand: `npm run bench`.
import 'reflect-metadata';

import { runMain } from '../../examples/setup/run-main';
import { rowCounts } from './cells';
import { readCommandLine } from './command-line';
import { barsOf, describeBar } from './figures/bars';
import { mergeFigures, readFigures, writeFigures } from './figures/figures';
import { writePlots } from './figures/plots';
import { describeFigures } from './figures/table';
import { versionsOf } from './figures/versions';
import { findPeers } from './measure/lineup';
import { measureEngine } from './measure/measure-engine';
import { peerNames } from './peers/peer';

const usage = `npm run bench [-- <option> …]

Lets statements written by hand, this library and other mappers do the same work in turn, on real
databases, which are started, and prints the time of each as a multiple of the hand-written
transaction of the same round. What was measured replaces the same figures in
tests/bench/figures.json, and the plots are drawn anew. Lists are separated by commas.

  --database postgres,mariadb
  --operations update,insert,delete
  --rows ${rowCounts.join(',')}
  --peers ${peerNames.join(',')}
  --delay both             on: with 2.7 ms of network, off: without
  --parts cells,memory,growth
  --seconds 6              about how long a cell may take
  --dry-run                write nothing
  --readme                 measure nothing: print the tables for README.md

The exit code says whether the bench could run, not whether its bars hold.`;

async function main(signal: AbortSignal): Promise<number> {
  const chosen = readCommandLine(process.argv.slice(2));
  if (chosen.help || chosen.readme) {
    console.log(chosen.help ? usage : describeFigures(readFigures()));
    return 0;
  }
  const say = (line: string) => console.log(line);
  const doors = await findPeers(chosen.peers, say);
  let figures = chosen.dryRun ? undefined : readFigures();
  for (const engine of chosen.engines) {
    const measured = await measureEngine(engine, { chosen, doors, say, signal });
    for (const bar of barsOf(measured)) say(describeBar(bar));
    if (!figures) continue;
    const versions = { ...versionsOf(doors.keys()), ...measured.versions };
    figures = mergeFigures(figures, { ...measured, versions });
    await writeFigures(figures);
    writePlots(figures);
  }
  return 0;
}

runMain(usage, main);
