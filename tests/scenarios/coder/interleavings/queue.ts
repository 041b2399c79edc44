import { createJob } from '../../../../examples/coder/create-job';
import {
  entities,
  Execution,
  ProvisionerJob,
  Workspace,
  WorkspaceBuild,
} from '../../../../examples/coder/entities';
import { onEachDatabase, type TestDatabase } from '../../../setup/on-each-database';

export const nobody = (): void => undefined;

/** Defines tests on every database, each of which finds workspace 1 and nothing in the queue. */
export function onEachQueue(title: string, define: (database: TestDatabase) => void): void {
  onEachDatabase(title, entities, (database) => {
    beforeEach(async () => {
      for (const entity of [Execution, WorkspaceBuild, ProvisionerJob, Workspace]) {
        await database.source.createQueryBuilder().delete().from(entity).execute();
      }
      await database.source.manager.insert(Workspace, { id: 1 });
    });

    define(database);
  });
}

/** Queues jobs of workspace 1, the first of them first. */
export async function queueJobs({ source }: TestDatabase, ids: readonly number[]): Promise<void> {
  for (const id of ids) await createJob(source, { id, workspaceId: 1 }, nobody);
}

/** The row as another connection sees it. */
export const storedJob = ({ source }: TestDatabase, id: number): Promise<ProvisionerJob> =>
  source.manager.findOneByOrFail(ProvisionerJob, { id });

/** Which workers ran a job. */
export async function workersOf({ source }: TestDatabase, jobId: number): Promise<number[]> {
  const found = await source.manager.find(Execution, { where: { jobId }, order: { id: 'ASC' } });
  return found.map(({ workerId }) => workerId);
}
