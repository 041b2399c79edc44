import { randomUUID } from 'node:crypto';
import { MappingError } from '../errors/mapping-error';
import type { UniqueModel } from '../model/entity-model';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { Insert } from '../write-set/change';
import { compareChosen } from './compare';
import type { FlushContext } from './flush-context';
import { sendInsertUnless } from './send-batch';
import { writeChanges } from './write-changes';

const savepoint = 'unit_of_work_insert';

/**
 * Inserts a new entity at once, unless another row has its unique value: then nothing is left of what
 * had to be written before it, in the database and in memory.
 *
 * What had to be written is what its foreign keys need, and the move of its aggregate root.
 *
 * @returns Whether it was inserted.
 */
export async function insertUnless(
  context: FlushContext,
  tracked: TrackedEntity,
  unique: UniqueModel,
): Promise<boolean> {
  let { writes } = await compareChosen(context, withParents(context, tracked));
  // Whoever listens may point it to another parent, and add that.
  if (await context.listeners.before(writes)) {
    ({ writes } = await compareChosen(context, withParents(context, tracked)));
  }
  const insert = writes.find((write): write is Insert => write.tracked === tracked);
  if (!insert) throw new MappingError(`a new ${tracked.model.entityName} is not written`);
  const first = writes.filter((write) => write !== insert);
  const mark = context.undo.length;
  if (first.length > 0) {
    await run(context, `SAVEPOINT ${savepoint}`);
    await writeChanges(context, { writes: first, assertions: [] });
  }
  const isInserted = await sendInsertUnless(context, insert, { unique, marker: randomUUID() });
  if (isInserted) await context.listeners.after(writes);
  else for (const undo of context.undo.splice(mark).toReversed()) undo();
  if (first.length > 0) {
    await run(context, `${isInserted ? 'RELEASE' : 'ROLLBACK TO'} SAVEPOINT ${savepoint}`);
  }
  return isInserted;
}

/** Inserts a new entity at once, whatever is there: the error of a constraint passes through. */
export async function insertNow(context: FlushContext, tracked: TrackedEntity): Promise<void> {
  const { writes } = await compareChosen(context, withParents(context, tracked));
  await writeChanges(context, { writes, assertions: [] });
  await context.listeners.after(writes);
}

/** The entity and the new ones that its foreign keys point to, at any distance. */
export function withParents({ map }: FlushContext, tracked: TrackedEntity): TrackedEntity[] {
  const chosen = new Set([tracked]);
  for (const { model, entity } of chosen) {
    for (const reference of model.references) {
      const related = reference.related(entity);
      const parent = related && map.get(related);
      if (parent?.state === 'new') chosen.add(parent);
    }
  }
  return [...chosen];
}

async function run({ connection }: FlushContext, sql: string): Promise<void> {
  await connection.send({ sql, parameters: [] });
}
