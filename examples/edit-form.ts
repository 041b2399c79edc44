import assert from 'node:assert/strict';
import type { DataSource } from 'typeorm';
import { ConcurrencyError, unitOfWork } from '../lib/index';
import { Account } from './entities';
import type { Print } from './setup/example';

export const title = 'refuses a form, or If-Match header, that shows an older row (HTTP 412)';

/** What a browser sends back: the version it was shown, and what the user typed. */
interface Form {
  readonly ifMatch: number;
  readonly owner: string;
}

export async function run(dataSource: DataSource, print: Print): Promise<void> {
  const { id, version } = await unitOfWork(dataSource, async (uow) => {
    const account = Object.assign(new Account(), { owner: 'ann' });
    uow.add(account);
    return account;
  });
  print(`two people open the form of account ${id} at version ${version}`);

  const first = await put(dataSource, id, { ifMatch: version, owner: 'ann-marie' });
  print(`the first sends it: ${first.status}, ETag ${first.etag}`);
  const second = await put(dataSource, id, { ifMatch: version, owner: 'anna' });
  print(`the second sends it: ${second.status}`);
  print(`  ${second.message}`);

  const { owner } = await dataSource.manager.findOneByOrFail(Account, { id });
  assert.deepEqual([first.status, second.status, owner], [200, 412, 'ann-marie']);
}

async function put(dataSource: DataSource, id: number, form: Form) {
  try {
    const saved = await unitOfWork(dataSource, async (uow) => {
      const account = await uow.findOneByOrFail(Account, { id });
      uow.expectVersion(account, form.ifMatch);
      uow.assign(account, form, { only: ['owner'] });
      return account;
    });
    // Versions are final once the unit is committed.
    return { status: 200, etag: saved.version };
  } catch (error) {
    if (!ConcurrencyError.is(error)) throw error;
    // Reading again cannot make an old form a new one, so the unit was not replayed.
    assert.deepEqual([error.replayable, error.attempts], [false, 1]);
    return { status: 412, message: error.message };
  }
}
