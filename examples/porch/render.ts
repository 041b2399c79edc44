import type { DataSource } from 'typeorm';
import { ConcurrencyError, unitOfWork } from '../../lib/index';
import type { Content, ReadContent, Renderer } from './content';
import { PackageRevision } from './entities';
import type { Done, OperationOptions } from './operation';
import { replaceContent } from './push';
import { readContent } from './read-content';

/**
 * Renders a package: reads it, computes for as long as that takes, and writes the result, unless the
 * package has another version by then.
 *
 * @throws {ConcurrencyError} Not replayed: the result belongs to content that is no more. Whoever
 *   still wants it renders again.
 */
export async function render(
  dataSource: DataSource,
  id: number,
  renderer: Renderer,
  options: OperationOptions = {},
): Promise<Done> {
  const read = await readContent(dataSource, id, options);
  // Nothing is held while it computes: neither a transaction nor a connection.
  return storeRendered(dataSource, id, read, await renderer(read), options);
}

export async function storeRendered(
  dataSource: DataSource,
  id: number,
  { rowVersion, tag: replaced }: ReadContent,
  rendered: Content,
  { isolation, think }: OperationOptions = {},
): Promise<Done> {
  return unitOfWork(
    dataSource,
    async (uow) => {
      const revision = await uow.findOneByOrFail(PackageRevision, { id });
      uow.expectVersion(revision, rowVersion);
      await think?.(uow.manager);
      await replaceContent(uow, revision, rendered);
      return { attempts: uow.attempt, replaced };
    },
    { name: 'render', isolation },
  );
}

/** Renders again, from fresh input, as long as somebody else was faster. */
export async function renderUntilStored(
  dataSource: DataSource,
  id: number,
  renderer: Renderer,
  { isolation, mostRenders }: OperationOptions & { readonly mostRenders: number },
): Promise<Done & { readonly renders: number }> {
  for (let renders = 1; ; renders++) {
    try {
      return { ...(await render(dataSource, id, renderer, { isolation })), renders };
    } catch (error) {
      if (!ConcurrencyError.is(error) || error.replayable || renders === mostRenders) throw error;
    }
  }
}
