import { parseArgs } from 'node:util';

import { CommandLineError } from '../../../examples/setup/command-line';
import type { Scenario } from '../scenario';

export interface CommandLine {
  readonly help: boolean;
  readonly scenarios: readonly Scenario[];
  /** Names of engines, separated by commas; all unless given. */
  readonly databases: string | undefined;
  readonly size: number;
}

/** @throws {CommandLineError} It names what does not exist. */
export function readCommandLine(args: readonly string[], all: readonly Scenario[]): CommandLine {
  const { values, positionals } = parse(args);
  const unknown = positionals.find((name) => !all.some((scenario) => scenario.name === name));
  if (unknown !== undefined) throw new CommandLineError(`no scenario is called ${unknown}`);
  const size = Number(values.size ?? 1);
  if (!(size > 0 && size <= 10)) throw new CommandLineError('--size may be more than 0, up to 10');
  const isChosen = ({ name }: Scenario) => positionals.length === 0 || positionals.includes(name);
  return {
    help: values.help ?? false,
    scenarios: all.filter(isChosen),
    databases: values.databases,
    size,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        databases: { type: 'string' },
        size: { type: 'string' },
      },
    });
  } catch (error) {
    throw new CommandLineError((error as Error).message.replace(/\. To specify.*/s, ''));
  }
}
