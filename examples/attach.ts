import assert from 'node:assert/strict';
import type { DataSource } from 'typeorm';
import { ConcurrencyError, unitOfWork } from '../lib/index';
import { Account } from './entities';
import type { Print } from './setup/example';

export const title = 'writes an entity that was loaded elsewhere, unless its row moved since';

export async function run(dataSource: DataSource, print: Print): Promise<void> {
  const created = await dataSource.manager.save(Account, { owner: 'ann', balance: 100 });
  const { id } = created;

  const cached = await dataSource.manager.findOneByOrFail(Account, { id });
  const stale = await dataSource.manager.findOneByOrFail(Account, { id });
  print(`a cache and a session hold account ${id} at version ${cached.version}`);

  cached.balance = 80;
  await unitOfWork(dataSource, async (uow) => uow.attach(cached));
  print(`the first is attached and written: version ${cached.version}`);

  stale.owner = 'anna';
  const error = await unitOfWork(dataSource, async (uow) => uow.attach(stale)).catch(
    (reason: unknown) => reason,
  );
  assert(ConcurrencyError.is(error));
  print(`the second is refused: ${error.message}`);

  const { owner, balance, version } = await dataSource.manager.findOneByOrFail(Account, { id });
  print(`the row holds ${owner}, ${balance}, version ${version}`);
  // Reading again cannot cure it: what the session holds is old.
  assert.equal(error.replayable, false);
  assert.deepEqual([owner, balance, version, cached.version], ['ann', 80, 2, 2]);
}
