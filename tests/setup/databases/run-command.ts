import { execFile } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a program to its end and answers what it printed.
 *
 * @throws {Error} The program could not start or failed: the message ends with the last lines it printed.
 */
export function runCommand(
  command: string,
  parameters: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { uid, gid, ...others } = options;
  const identity = uid === undefined || gid === undefined ? {} : { uid, gid };
  return new Promise((resolve, reject) => {
    execFile(
      command,
      parameters,
      { ...others, ...identity, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout);
        const said = lastLines(`${stdout}\n${stderr}`);
        const code = error.code ?? error.signal ?? 'unknown';
        reject(new Error(`${command} failed (${code})${said && `: ${said}`}`, { cause: error }));
      },
    );
  });
}

/** The last lines that say something, as one line. */
export function lastLines(text: string, count = 4): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter(Boolean).slice(-count).join(' | ');
}

/** Some drivers leave the message of a refused connection empty and name only its code. */
export function messageOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message || code || String(error);
}
