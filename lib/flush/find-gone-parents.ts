import type { Conflict } from '../errors/concurrency-error';
import type { ReferenceModel } from '../model/entity-model';
import type { IdentityMap } from '../tracking/identity-map';
import { conflictOn } from '../tracking/conflict-on';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { Write } from '../write-set/change';
import { collectChanges } from '../write-set/collect-changes';
import type { FlushContext } from './flush-context';
import { readRows } from './read-rows';

/**
 * Looks, after the rollback, for rows that foreign keys of the unit were to point to and that a rival has
 * deleted since the unit has read them.
 *
 * Of a row that the unit never read nothing is said: it may never have been there.
 */
export async function findGoneParents(context: FlushContext): Promise<Conflict[]> {
  const { writes } = collectChanges(context.map);
  const parents = new Set(writes.flatMap((write) => parentsOf(context.map, write)));
  const current = await readRows(context, [...parents], () => []);
  return current.flatMap(([tracked, row]) => (row ? [] : [conflictOn(tracked, 'lock', {})]));
}

/** What a write points to, as far as it was read. */
function parentsOf(map: IdentityMap, write: Write): TrackedEntity[] {
  if (write.operation === 'delete') return [];
  const { tracked, columns } = write;
  const pointing = tracked.model.references.filter((one) =>
    one.columns.some((column) => columns.includes(column)),
  );
  return pointing.flatMap((reference) => {
    const parent = parentBy(map, reference, tracked.entity);
    return parent?.key && parent.state !== 'new' ? [parent] : [];
  });
}

function parentBy(
  map: IdentityMap,
  { columns, referencedNames, related, target }: ReferenceModel,
  entity: object,
): TrackedEntity | undefined {
  const object = related(entity);
  const known = object && map.get(object);
  if (known) return known;
  const model = target();
  const values = columns.map((column) => column.read(entity));
  const key = model.key.map(({ databaseName }) => values[referencedNames.indexOf(databaseName)]);
  return key.every((value) => value !== undefined && value !== null)
    ? map.firstOf(model, key)
    : undefined;
}
