import type { DatabaseServer } from '../../setup/databases';
import { mariaDbCandidates } from '../../setup/databases/start-maria-db';
import { postgresCandidates } from '../../setup/databases/start-postgres';
import { orderCandidates, startFirst, type Candidate } from '../../setup/databases/start-first';

const server: DatabaseServer = {
  engine: 'mariadb',
  version: '1',
  origin: 'apt',
  url: 'mariadb://nowhere',
  stop: () => Promise.resolve(),
};

const refuse = (origin: Candidate['origin'], reason: string, final = false): Candidate => ({
  origin,
  final,
  remedy: `remedy of ${origin}`,
  start: () => Promise.reject(new Error(reason)),
});
const offer: Candidate = {
  origin: 'apt',
  remedy: 'none',
  start: () => Promise.resolve(server),
};

const originsOf = (candidates: readonly Candidate[]) => candidates.map(({ origin }) => origin);

it('starts the first server that can be had', async () => {
  const started = await startFirst('mariadb', [refuse('path', 'not found'), offer]);

  expect(started).toBe(server);
});

it('lists in one error what was tried, why it failed and what would help', async () => {
  const starting = startFirst('mariadb', [
    refuse('path', 'no folder has mariadbd'),
    refuse('apt', 'this machine has no apt-get'),
  ]);

  await expect(starting).rejects.toThrow(
    [
      'No MariaDB could be had. Tried, in this order:',
      '  - path: no folder has mariadbd',
      '  - apt: this machine has no apt-get',
      'Any one of these would help:',
      '  - remedy of path',
      '  - remedy of apt',
      '  - leave MariaDB out: list the others in DATABASES (postgres, mariadb, mysql)',
    ].join('\n'),
  );
});

it('takes no other server where the one that the user named fails', async () => {
  const starting = startFirst('mariadb', [refuse('url', 'connection refused', true), offer]);

  await expect(starting).rejects.toThrow('  - url: connection refused\nAny one of these');
});

it('looks at an address, then the PATH, then npm, then Debian', () => {
  expect(originsOf(postgresCandidates({}))).toEqual(['url', 'path', 'embedded', 'apt']);
  expect(originsOf(mariaDbCandidates({}))).toEqual(['url', 'path', 'apt', 'apt']);
});

it('looks first where the caller prefers, and only where DATABASES_FROM allows', () => {
  const candidates = postgresCandidates({});
  const origins = (allowed: string) => originsOf(orderCandidates(candidates, 'embedded', allowed));

  expect(origins('')).toEqual(['embedded', 'url', 'path', 'apt']);
  expect(origins('path, apt')).toEqual(['path', 'apt']);
  expect(() => origins('docker')).toThrow('DATABASES_FROM names docker; it may name url, path');
});
