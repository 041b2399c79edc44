export type Engine = 'postgres' | 'mariadb' | 'mysql';

/** Where a server came from: an address that was given, or the binaries it was started from. */
export type Origin = 'url' | 'path' | 'embedded' | 'apt';

/** What another process needs to know of a server in order to use it. */
export interface ServerAddress {
  readonly engine: Engine;
  readonly version: string;
  readonly origin: Origin;
  /** The address of the admin database, fit for TypeORM's `url` option. */
  readonly url: string;
  /** What the server writes to stderr; absent for a server that was given by its url. */
  readonly logFile?: string;
}

export interface DatabaseServer extends ServerAddress {
  /** Ends the server and removes its files; leaves a server that was given by its url alone. */
  stop(): Promise<void>;
  /** Ends the server by SIGKILL, and starts it again on its files; absent for one given by its url. */
  crash?(): Promise<void>;
}

export type Announce = (line: string) => void;

export interface StartOptions {
  /** Looks there before anywhere else, even before an address in the environment. */
  readonly prefer?: 'embedded' | undefined;
  /** Keeps every commit through a crash of the server. Off, a start and a commit are faster. */
  readonly durable?: boolean | undefined;
  /** Settings of the server, in its own words; an address in the environment cannot honour them. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Hears one line per start or installation; stderr unless given. */
  readonly announce?: Announce | undefined;
  /** The environment variable that may name a running server instead. */
  readonly urlVariable?: string | undefined;
}

export const announceOnStderr: Announce = (line) => {
  process.stderr.write(`${line}\n`);
};
