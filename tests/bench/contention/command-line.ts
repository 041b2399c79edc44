import { parseArgs } from 'node:util';

import { CommandLineError } from '../../../examples/setup/command-line';
import { engines, networkDelayMs, type BenchEngine } from '../cells';
import { chosen } from '../command-line';
import {
  comparedPolicies,
  loops,
  processCounts,
  rowCounts,
  writerCounts,
  type Choice,
} from './cells';
import { policyNames, type PolicyName } from './policies/policy';

export interface CommandLine extends Choice {
  readonly help: boolean;
  /** Writes the table of what was measured before into README.md and measures nothing. */
  readonly readme: boolean;
  /** Measures without writing anything. */
  readonly dryRun: boolean;
  readonly engines: readonly BenchEngine[];
  readonly policies: readonly PolicyName[];
  /** How long each policy is measured in a round. */
  readonly seconds: number;
  readonly rounds: number;
}

/** @throws {CommandLineError} It names what does not exist. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const values = parse(args);
  const numbers = (option: 'writers' | 'rows' | 'processes', all: readonly number[]) =>
    chosen(`--${option}`, values[option], all.map(String), true).map(Number);
  const delays = { on: [networkDelayMs], off: [0], both: [0, networkDelayMs] };
  const [delay = 'off'] = chosen('--delay', values.delay ?? 'off', Object.keys(delays));
  const policies = chosen('--policies', values.policies ?? comparedPolicies.join(), policyNames);
  return {
    help: values.help ?? false,
    readme: values.readme ?? false,
    dryRun: values['dry-run'] ?? false,
    engines: chosen('--database', values.database, engines),
    loops: chosen('--loop', values.loop, loops),
    writers: numbers('writers', writerCounts),
    rows: numbers('rows', rowCounts),
    processes: numbers('processes', processCounts),
    delays: delays[delay as keyof typeof delays],
    // Everything is compared with the first.
    policies: [...new Set<PolicyName>(['for-update', ...policies])],
    seconds: between('--seconds', values.seconds ?? '10', 0.1, 600),
    rounds: between('--rounds', values.rounds ?? '5', 1, 100),
  };
}

function between(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (value >= least && value <= most) return value;
  throw new CommandLineError(`${option} may be ${least} to ${most}`);
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        readme: { type: 'boolean' },
        'dry-run': { type: 'boolean' },
        database: { type: 'string' },
        writers: { type: 'string' },
        rows: { type: 'string' },
        processes: { type: 'string' },
        loop: { type: 'string' },
        delay: { type: 'string' },
        policies: { type: 'string' },
        seconds: { type: 'string' },
        rounds: { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    throw new CommandLineError((error as Error).message.replace(/\. To specify.*/s, ''));
  }
}
