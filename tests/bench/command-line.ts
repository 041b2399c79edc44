import { parseArgs } from 'node:util';

import { CommandLineError } from '../../examples/setup/command-line';
import {
  engines,
  networkDelayMs,
  operations,
  rowCounts,
  type BenchEngine,
  type Operation,
} from './cells';
import { peerNames, type PeerName } from './peers/peer';

/** What can be measured by itself. */
const parts = ['cells', 'memory', 'growth'] as const;
type Part = (typeof parts)[number];

export interface CommandLine {
  readonly help: boolean;
  /** Prints the tables of what was measured before and measures nothing. */
  readonly readme: boolean;
  /** Measures without writing anything. */
  readonly dryRun: boolean;
  readonly parts: readonly Part[];
  readonly engines: readonly BenchEngine[];
  readonly operations: readonly Operation[];
  readonly rows: readonly number[];
  readonly peers: readonly PeerName[];
  readonly delays: readonly number[];
  /** About how long one cell may take. */
  readonly seconds: number;
}

/** @throws {CommandLineError} It names what does not exist. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const values = parseNamed(args, [
    'parts',
    'database',
    'operations',
    'rows',
    'peers',
    'delay',
    'seconds',
  ]);
  const rows = chosen('--rows', values.rows, rowCounts.map(String), true).map(Number);
  const seconds = Number(values.seconds ?? 6);
  if (!(seconds > 0 && seconds <= 600)) throw new CommandLineError('--seconds may be up to 600');
  const delays = { on: [networkDelayMs], off: [0], both: [0, networkDelayMs] };
  const [delay = 'both'] = chosen('--delay', values.delay ?? 'both', Object.keys(delays));
  return {
    help: values.help ?? false,
    readme: values.readme ?? false,
    dryRun: values['dry-run'] ?? false,
    parts: chosen('--parts', values.parts, parts),
    engines: chosen('--database', values.database, engines),
    operations: chosen('--operations', values.operations, operations),
    rows,
    // Everything is compared with the first.
    peers: [...new Set<PeerName>(['hand-written', ...chosen('--peers', values.peers, peerNames)])],
    delays: delays[delay as keyof typeof delays],
    seconds,
  };
}

/** A list separated by commas; all that there are unless given. */
export function chosen<T extends string>(
  option: string,
  list: string | undefined,
  all: readonly T[],
  isNumber = false,
): readonly T[] {
  if (list === undefined) return all;
  const names = list.split(',').map((name) => name.trim());
  const isKnown = (name: string): name is T =>
    isNumber ? Number.isInteger(Number(name)) && Number(name) > 0 : all.some((one) => one === name);
  const unknown = names.find((name) => !isKnown(name));
  if (unknown !== undefined) {
    throw new CommandLineError(`${option} may list ${all.join(', ')}, not ${unknown}`);
  }
  return names.filter(isKnown);
}

/** Reads options whose values are texts, beside the flags that every bench has. */
export function parseNamed<const Name extends string>(
  args: readonly string[],
  names: readonly Name[],
): Flags & Partial<Record<Name, string>> {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...Object.fromEntries(names.map((name) => [name, text])),
        help: { type: 'boolean', short: 'h' },
        readme: { type: 'boolean' },
        'dry-run': { type: 'boolean' },
      },
    });
    return values as Flags & Partial<Record<Name, string>>;
  } catch (error) {
    throw new CommandLineError((error as Error).message.replace(/\. To specify.*/s, ''));
  }
}

interface Flags {
  readonly help?: boolean;
  readonly readme?: boolean;
  readonly 'dry-run'?: boolean;
}
