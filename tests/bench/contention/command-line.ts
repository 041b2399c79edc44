import { CommandLineError } from '../../../examples/setup/command-line';
import { engines, networkDelayMs, type BenchEngine } from '../cells';
import { chosen, parseNamed } from '../command-line';
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
  const values = parseNamed(args, [
    'database',
    'writers',
    'rows',
    'processes',
    'loop',
    'delay',
    'policies',
    'seconds',
    'rounds',
  ]);
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
