import { constants } from 'node:os';
import { CommandLineError } from './command-line';

const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs a program: its number is the exit code, its error one message.
 *
 * Its signal is aborted by Ctrl-C, so that it can stop what it started; a second Ctrl-C ends it.
 */
export function runMain(usage: string, main: (signal: AbortSignal) => Promise<number>): void {
  const interrupt = new AbortController();
  for (const name of signals) process.once(name, () => interrupt.abort(name));
  // Nobody reads any more (`npm start | head`); what was started ends with this process.
  process.stdout.on('error', () => process.exit(1));
  main(interrupt.signal).then(
    (exitCode) => (process.exitCode = exitCode),
    (error: unknown) => {
      process.exitCode = 1;
      const name = signals.find((signal) => signal === interrupt.signal.reason);
      if (name) {
        process.exitCode = 128 + constants.signals[name];
        console.error(`interrupted by ${name}`);
      } else if (error instanceof CommandLineError) {
        console.error(`${error.message}\n\n${usage}`);
      } else {
        console.error(error instanceof Error ? error.message : error);
      }
    },
  );
}
