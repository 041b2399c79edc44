import { messageOf } from './run-command';
import type { DatabaseServer, Engine, Origin } from './database-server';

/** One way to come by a server. */
export interface Candidate {
  readonly origin: Origin;
  /** What the user could do so that this way works. */
  readonly remedy: string;
  /** The user named this very server, so no other may take its place. */
  readonly final?: boolean;
  start(): Promise<DatabaseServer>;
}

const productNames = { postgres: 'PostgreSQL', mariadb: 'MariaDB', mysql: 'MySQL' };
export const productName = (engine: Engine): string => productNames[engine];

/** No server of this engine could be had: the message lists every way, why it failed and what helps. */
class MissingDatabaseError extends Error {
  override readonly name = 'MissingDatabaseError';
}

/**
 * Starts a server in the first way that works.
 *
 * @throws {MissingDatabaseError} None did.
 */
export async function startFirst(
  engine: Engine,
  candidates: readonly Candidate[],
): Promise<DatabaseServer> {
  const failures: string[] = [];
  for (const candidate of candidates) {
    try {
      return await candidate.start();
    } catch (error) {
      failures.push(`${candidate.origin}: ${messageOf(error)}`);
      if (candidate.final) break;
    }
  }
  const last = candidates.findIndex(({ final }) => final);
  const tried = last < 0 ? candidates : candidates.slice(0, last + 1);
  const remedies = [
    ...tried.map(({ remedy }) => remedy),
    `leave ${productName(engine)} out: list the others in DATABASES (postgres, mariadb, mysql)`,
  ];
  throw new MissingDatabaseError(
    [
      `No ${productName(engine)} could be had. Tried, in this order:`,
      ...failures.map((failure) => `  - ${failure}`),
      'Any one of these would help:',
      ...remedies.map((remedy) => `  - ${remedy}`),
    ].join('\n'),
  );
}

const origins: readonly Origin[] = ['url', 'path', 'embedded', 'apt'];

/**
 * The candidates in the order to try: `prefer` first, and only those that `DATABASES_FROM` lists.
 *
 * @throws {Error} DATABASES_FROM names something else.
 */
export function orderCandidates(
  candidates: readonly Candidate[],
  prefer?: Origin,
  allowed = process.env['DATABASES_FROM'],
): readonly Candidate[] {
  const names = allowed ? allowed.split(',').map((name) => name.trim()) : origins;
  const unknown = names.find((name) => !(origins as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new Error(`DATABASES_FROM names ${unknown}; it may name ${origins.join(', ')}`);
  }
  const rank = ({ origin }: Candidate) => (origin === prefer ? 0 : 1);
  return candidates
    .filter(({ origin }) => (names as readonly string[]).includes(origin))
    .toSorted((one, other) => rank(one) - rank(other));
}
