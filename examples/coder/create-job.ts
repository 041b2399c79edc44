import type { DataSource } from 'typeorm';
import { unitOfWork } from '../../lib/index';
import { ProvisionerJob, Workspace, WorkspaceBuild } from './entities';
import type { Notify, OperationOptions } from './operation';

export interface Order {
  /** Of the job and of its build. */
  readonly id: number;
  readonly workspaceId: number;
  readonly priority?: number;
}

/** Queues the next build of a workspace; the workers hear of it when it is there. */
export async function createJob(
  dataSource: DataSource,
  order: Order,
  notify: Notify,
  { isolation, think }: OperationOptions = {},
): Promise<void> {
  await unitOfWork(
    dataSource,
    async (uow) => {
      const workspace = await uow.findOneByOrFail(Workspace, { id: order.workspaceId });
      await think?.(uow.manager);
      workspace.lastBuildNumber += 1;
      uow.add([jobOf(order), buildOf(order, workspace.lastBuildNumber)]);
      uow.afterCommit(() => notify(order.id));
    },
    { name: 'create', isolation },
  );
}

/** As it was done: the workers are told before there is anything to be seen. */
export async function createAndNotifyEarly(
  dataSource: DataSource,
  order: Order,
  notify: Notify,
  { isolation = 'READ COMMITTED', think }: OperationOptions = {},
): Promise<void> {
  await dataSource.transaction(isolation, async (manager) => {
    const workspace = await manager.findOneByOrFail(Workspace, { id: order.workspaceId });
    await think?.(manager);
    workspace.lastBuildNumber += 1;
    await manager.save(workspace);
    await manager.insert(ProvisionerJob, jobOf(order));
    await manager.insert(WorkspaceBuild, buildOf(order, workspace.lastBuildNumber));
    await notify(order.id);
  });
}

/** The oldest job has the lowest id. */
const jobOf = ({ id, priority = 0 }: Order): ProvisionerJob =>
  Object.assign(new ProvisionerJob(), { id, priority, createdSeq: id });

const buildOf = ({ id, workspaceId }: Order, buildNumber: number): WorkspaceBuild =>
  Object.assign(new WorkspaceBuild(), { id, workspaceId, buildNumber, jobId: id });
