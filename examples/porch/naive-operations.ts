// As it was done: delete the files and insert them, and write whatever is in memory.
import type { DataSource, EntityManager } from 'typeorm';
import { contentOf, derivedFrom, resourcesOf } from './content';
import type { Content, ReadContent, Renderer } from './content';
import { PackageRevision, Resource } from './entities';
import type { Done, LifecycleDone, OperationOptions } from './operation';

export interface NaivePushOptions extends OperationOptions {
  /** Takes place before each of the files is stored, the first after all were deleted. */
  readonly beforeFile?: ((index: number) => Promise<unknown>) | undefined;
}

type NaivePush = (
  dataSource: DataSource,
  id: number,
  content: Content,
  options?: NaivePushOptions,
) => Promise<Done>;

/** Every statement commits by itself. */
export const pushByStatements: NaivePush = (dataSource, id, content, options = {}) =>
  pushWith(dataSource.manager, id, content, options);

/** The fix that was proposed: the same in one transaction. */
export const pushInTransaction: NaivePush = (dataSource, id, content, options = {}) =>
  dataSource.transaction(options.isolation ?? 'READ COMMITTED', (manager) =>
    pushWith(manager, id, content, options),
  );

async function pushWith(
  manager: EntityManager,
  id: number,
  content: Content,
  { think, beforeFile }: NaivePushOptions,
): Promise<Done> {
  const { contentTag: replaced } = await manager.findOneByOrFail(PackageRevision, { id });
  await think?.(manager);
  await replaceFiles(manager, id, content, beforeFile);
  await manager.update(PackageRevision, id, derivedFrom(content));
  return { attempts: 1, replaced };
}

/** File by file in the order of the map, as the system does it. */
async function replaceFiles(
  manager: EntityManager,
  revisionId: number,
  content: Content,
  beforeFile?: NaivePushOptions['beforeFile'],
): Promise<void> {
  await manager.delete(Resource, { revisionId });
  for (const [index, resource] of resourcesOf(content).entries()) {
    await beforeFile?.(index);
    await manager.upsert(Resource, { revisionId, ...resource }, ['revisionId', 'resourceKey']);
  }
}

/** Writes what was computed from whatever the content was then. */
export async function renderNaively(
  dataSource: DataSource,
  id: number,
  renderer: Renderer,
  options: OperationOptions = {},
): Promise<Done> {
  const read = await readNaively(dataSource, id, { isolation: options.isolation });
  const rendered = await renderer(read);
  return { ...(await pushInTransaction(dataSource, id, rendered, options)), replaced: read.tag };
}

/** The package, then its files: two statements that know nothing of each other. */
export const readNaively = (
  dataSource: DataSource,
  id: number,
  { isolation = 'READ COMMITTED', think }: OperationOptions = {},
): Promise<ReadContent> =>
  dataSource.transaction(isolation, async (manager) => {
    const revision = await manager.findOneByOrFail(PackageRevision, { id });
    await think?.(manager);
    return contentOf(revision, await manager.findBy(Resource, { revisionId: id }));
  });

/** Writes all columns of the package back, whichever of them it has changed. */
export const changeLifecycleWritingAll = (
  dataSource: DataSource,
  id: number,
  lifecycle: string,
  { isolation = 'READ COMMITTED', think }: OperationOptions = {},
): Promise<LifecycleDone> =>
  dataSource.transaction(isolation, async (manager) => {
    const read = await manager.findOneByOrFail(PackageRevision, { id });
    await think?.(manager);
    const { contentTag, kptfileStatus } = read;
    await manager.update(PackageRevision, id, { lifecycle, contentTag, kptfileStatus });
    return { attempts: 1, hasChanged: read.lifecycle !== lifecycle };
  });

/** Stores the package as it is in memory, where files that were not loaded look like no files. */
export const changeLifecycleStoringFiles = (
  dataSource: DataSource,
  id: number,
  lifecycle: string,
  { isolation = 'READ COMMITTED' }: OperationOptions = {},
): Promise<LifecycleDone> =>
  dataSource.transaction(isolation, async (manager) => {
    const revision = await manager.findOneByOrFail(PackageRevision, { id });
    const { tag, files } = contentOf(revision, revision.resources ?? []);
    await manager.update(PackageRevision, id, { lifecycle });
    await replaceFiles(manager, id, { tag: tag ?? '', files });
    return { attempts: 1, hasChanged: revision.lifecycle !== lifecycle };
  });
