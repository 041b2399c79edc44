import type { CascadeKind } from '../model/entity-model';
import type { IdentityMap } from './identity-map';
import type { TrackedEntity } from './tracked-entity';

/** Entities, and what the unit knows of what a kind of cascade reaches from them. */
export function reachedBy(
  map: IdentityMap,
  kind: CascadeKind,
  entities: readonly TrackedEntity[],
): Set<TrackedEntity> {
  const reached = new Set(entities);
  // A set is walked through to what is added on the way.
  for (const { model, entity } of reached) {
    for (const cascade of model.cascades) {
      if (!cascade.kinds.has(kind)) continue;
      for (const related of cascade.related(entity)) {
        const known = map.get(related);
        if (known) reached.add(known);
      }
    }
  }
  return reached;
}
