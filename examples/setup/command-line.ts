import { parseArgs } from 'node:util';
import { databaseTypes, type DatabaseType } from './start-server';

/** The command line cannot be understood: the message is for whoever typed it. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

export interface CommandLine {
  readonly help: boolean;
  readonly database: DatabaseType;
  readonly seconds: number | undefined;
  readonly names: readonly string[];
}

/**
 * Reads `--help`, `--database`, and what else the caller allows.
 *
 * @throws {CommandLineError} An option is unknown or has no value of its range.
 */
export function readCommandLine(
  args: readonly string[],
  allowed: { readonly seconds?: boolean; readonly names?: boolean },
): CommandLine {
  const { values, positionals } = parse(args, allowed);
  const { help = false, database = 'postgres', seconds } = values as Values;
  const type = databaseTypes.find((name) => name === database);
  if (!type) throw new CommandLineError(`--database may be ${databaseTypes.join(' or ')}`);
  if (seconds !== undefined && !(Number(seconds) >= 1 && Number(seconds) <= 600)) {
    throw new CommandLineError('--seconds may be 1 to 600');
  }
  return {
    help,
    database: type,
    seconds: seconds === undefined ? undefined : Number(seconds),
    names: positionals,
  };
}

/** What the options below can hold. */
interface Values {
  readonly help?: boolean;
  readonly database?: string;
  readonly seconds?: string;
}

function parse(args: readonly string[], allowed: { seconds?: boolean; names?: boolean }) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: allowed.names ?? false,
      options: {
        help: { type: 'boolean', short: 'h' },
        database: { type: 'string' },
        ...(allowed.seconds && { seconds: { type: 'string' } as const }),
      },
    });
  } catch (error) {
    throw new CommandLineError((error as Error).message.replace(/\. To specify.*/s, ''));
  }
}
