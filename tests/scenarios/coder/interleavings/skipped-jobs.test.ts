import type { EntityManager } from 'typeorm';

import { claimJob, type Claim } from '../../../../examples/coder/claim-job';
import { createJob } from '../../../../examples/coder/create-job';
import { ProvisionerJob } from '../../../../examples/coder/entities';
import { claimWithPlainReadOfBuild } from '../../../../examples/coder/naive-claims';
import {
  ConcurrencyError,
  configureUnitOfWork,
  noReplay,
  unitOfWork,
  UsageError,
} from '../../../../lib/index';
import { onEachIsolation } from '../../../setup/on-each-isolation';
import { rejectionOf } from '../../../support/accounts';
import { nobody, onEachQueue, queueJobs, storedJob } from './queue';
import { hasOldSnapshot, letRivalAct, outcomeOf, readsLock } from '../../../support/rivals';

onEachQueue('a job that another worker claims first', (database) => {
  beforeEach(() => queueJobs(database, [1, 2]));

  let rivals: Claim | null | undefined;
  const readThenLetRivalClaim = async (manager: EntityManager) => {
    await manager.count(ProvisionerJob);
    const { outcome } = await letRivalAct(database, () => claimJob(database.source, 8));
    const claimed = await outcome;
    rivals = claimed.status === 'fulfilled' ? claimed.value : undefined;
  };

  onEachIsolation((isolation) => {
    const claimNaively = () =>
      outcomeOf(
        claimWithPlainReadOfBuild(database.source, 7, { isolation, before: readThenLetRivalClaim }),
      );

    if (database.engine === 'postgres' && hasOldSnapshot(isolation)) {
      it('is an error of a naive claim, though the next job is free', async () => {
        expect(await claimNaively()).toEqual({ error: '40001' });
        expect(await storedJob(database, 2)).toMatchObject({ startedAt: null });
      });
    } else if (readsLock(database, isolation)) {
      it('is hidden from the other worker by the reads of a naive claim, which lock', async () => {
        expect(await claimNaively()).toMatchObject({ job: { id: 1 } });
        expect(rivals).toBeNull();
      });
    } else {
      it('is skipped by a naive claim', async () => {
        expect(await claimNaively()).toMatchObject({ job: { id: 2 } });
        expect(rivals).toMatchObject({ job: { id: 1 } });
      });
    }
  });

  it('is skipped by the unit of work, which claims at READ COMMITTED', async () => {
    const claim = await claimJob(database.source, 7, { before: readThenLetRivalClaim });

    expect(rivals).toMatchObject({ job: { id: 1 } });
    expect(claim).toMatchObject({ job: { id: 2 }, build: { jobId: 2 } });
  });
});

onEachQueue('a job that the unit has read at another version', (database) => {
  beforeEach(() => queueJobs(database, [1]));

  let reads: number[];
  beforeEach(() => (reads = []));
  const readThenLetRivalMoveUp = async (manager: EntityManager) => {
    const [job] = await manager.find(ProvisionerJob);
    reads.push(job!.rowVersion);
    if (reads.length > 1) return;
    await database.sql(
      'UPDATE provisioner_jobs SET priority = -1, row_version = row_version + 1 WHERE id = 1',
    );
  };

  it('is a conflict of the claim, never refreshed', async () => {
    const source = await database.openSource();
    configureUnitOfWork(source, { retry: noReplay });

    const error = await rejectionOf(claimJob(source, 7, { before: readThenLetRivalMoveUp }));

    expect(error).toBeInstanceOf(ConcurrencyError);
    expect(error).toMatchObject({
      kind: 'row-version',
      conflicts: [
        {
          operation: 'lock',
          key: [1],
          expectedVersion: 1,
          actualVersion: 2,
          entity: { priority: 0 },
        },
      ],
    });
    expect(await storedJob(database, 1)).toMatchObject({ startedAt: null, rowVersion: 2 });
  });

  it('is claimed by the replay, which reads it anew', async () => {
    const claim = await claimJob(database.source, 7, { before: readThenLetRivalMoveUp });

    expect(reads).toEqual([1, 2]);
    expect(claim).toMatchObject({ job: { id: 1, priority: -1, rowVersion: 3 } });
  });
});

onEachQueue('a unit inside another', (database) => {
  it('is refused if it asks for stricter isolation than the claim around it', async () => {
    await queueJobs(database, [1]);
    const order = { id: 2, workspaceId: 1 };
    const createStrictly = () =>
      createJob(database.source, order, nobody, { isolation: 'SERIALIZABLE' });

    const error = await rejectionOf(claimJob(database.source, 7, { think: createStrictly }));

    expect(error).toBeInstanceOf(UsageError);
    expect(await database.source.manager.countBy(ProvisionerJob, { id: 2 })).toBe(0);
    expect(await storedJob(database, 1)).toMatchObject({ startedAt: null, rowVersion: 1 });
  });

  // It joins the stricter one, whose snapshot it has to live with.
  it('claims no job without its build in a snapshot that is older than both', async () => {
    const create = () => createJob(database.source, { id: 1, workspaceId: 1 }, nobody);
    let creation: Promise<PromiseSettledResult<void>> | undefined;

    const claim = await unitOfWork(
      database.source,
      async (uow) => {
        await uow.manager.count(ProvisionerJob);
        if (uow.attempt === 1) creation = (await letRivalAct(database, create)).outcome;
        return claimJob(database.source, 7);
      },
      { isolation: 'REPEATABLE READ' },
    );

    expect(await creation).toMatchObject({ status: 'fulfilled' });
    if (database.engine === 'postgres') expect(claim).toBeNull();
    else expect(claim).toMatchObject({ job: { id: 1 }, build: { jobId: 1 } });
  });
});
