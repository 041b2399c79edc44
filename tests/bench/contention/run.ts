// Compares ways to write rows that others want too: `npm run bench:contention`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runMain } from '../../../examples/setup/run-main';
import { describeBar } from '../figures/bars';
import { engineTitle } from '../figures/titles';
import { versionsOf } from '../figures/versions';
import { cellsOf, comparedPolicies, processCounts, rowCounts, writerCounts } from './cells';
import { readCommandLine, type CommandLine } from './command-line';
import { barsOf, placesOf } from './figures/bars';
import { readFigures, withCell, writeFigures, type Figures } from './figures/figures';
import { writePlots } from './figures/plots';
import { placeTitle } from './figures/titles';
import { withTable } from './figures/table';
import { measureEngine } from './measure/measure-engine';

const usage = `npm run bench:contention [-- <option> …]

Lets writers change the same rows by FOR UPDATE (statements by hand), by TypeORM's pessimistic lock and
save(), in TypeORM's SERIALIZABLE transactions that run again at once, in units of this library with
nothing but jitter, and in units as they are by default; on real databases, which are started. After
each sample the rows must hold exactly what was committed, or the run fails. What was measured replaces
the same cells of tests/bench/contention/figures.json, and the plots are drawn anew. Lists are separated
by commas.

  --database postgres,mariadb
  --writers ${writerCounts.join(',')}       in all processes together
  --rows ${rowCounts.join(',')}
  --processes ${processCounts.join(',')}
  --loop closed,open       open: units arrive at 30, 60 and 90 % of the capacity
  --delay off              on: with 2.7 ms of network, both: without and with
  --policies ${comparedPolicies.join(',')}
                           naive, which loses updates, shows that the check of the rows can fail
  --seconds 10             for each policy in each round
  --rounds 5
  --dry-run                write nothing
  --readme                 measure nothing: write the tables of README.md

The exit code says whether the bench could run and lost nothing, not whether its bars hold.`;

const readme = join(__dirname, '../../../README.md');

/** What a sample takes besides the time that is measured, in seconds. */
const overhead = 1.2;

const say = (line: string) => console.log(line);

async function main(signal: AbortSignal): Promise<number> {
  const chosen = readCommandLine(process.argv.slice(2));
  if (chosen.help) say(usage);
  else if (chosen.readme) writeTable(readFigures());
  else await measure(chosen, signal);
  return 0;
}

async function measure(chosen: CommandLine, signal: AbortSignal): Promise<void> {
  const { policies, seconds, rounds, engines } = chosen;
  const samples =
    engines.flatMap((engine) => cellsOf(engine, chosen)).length * policies.length * rounds;
  const minutes = Math.ceil((samples * (seconds + overhead)) / 60);
  say(`${samples} samples of ${seconds} s: about ${minutes} min, and a little for the capacities`);
  let figures = chosen.dryRun ? { versions: {}, cells: [] } : readFigures();
  const programs = versionsOf(['hand-written', 'typeorm-1']);
  for (const engine of engines) {
    await measureEngine(engine, {
      policies,
      seconds,
      rounds,
      say,
      signal,
      cells: cellsOf(engine, chosen),
      keep: async (cell, version) => {
        figures = withCell(figures, cell, { ...programs, [engineTitle(engine)]: version });
        if (!chosen.dryRun) await writeFigures(figures);
      },
    });
  }
  sayBars(figures);
  if (!chosen.dryRun) writePlots(figures);
}

function sayBars(figures: Figures): void {
  for (const place of placesOf(figures)) {
    say(placeTitle(place));
    for (const bar of barsOf(figures, place)) say(`  ${describeBar(bar)} ${bar.where}`.trimEnd());
  }
}

function writeTable(figures: Figures): void {
  writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), figures));
}

runMain(usage, main);
