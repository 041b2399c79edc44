import { keyOf, type EntityModel } from '../../../lib/model/entity-model';
import { takeSnapshot } from '../../../lib/tracking/snapshot';
import { IdentityMap } from '../../../lib/tracking/identity-map';
import { trackedEntity, type TrackedEntity } from '../../../lib/tracking/tracked-entity';

type Values = Record<string, unknown>;

/** A loaded entity, tracked as it is now, with key and version as it carries them. */
export function loaded(
  model: EntityModel,
  entity: Values,
  changes: Partial<TrackedEntity> = {},
): TrackedEntity {
  const tracked = trackedEntity(model, entity, {
    state: 'managed',
    key: keyOf(model, entity),
    version: model.version && Number(model.version.read(entity)),
    snapshot: takeSnapshot(model, entity),
  });
  return Object.assign(tracked, changes);
}

/** A unit that tracks these entities, in this order. */
export function mapOf(all: readonly TrackedEntity[]): IdentityMap {
  const map = new IdentityMap();
  for (const tracked of all) map.add(tracked);
  return map;
}

/** A new entity, as `add()` tracks it. */
export function added(model: EntityModel, entity: Values): TrackedEntity {
  const snapshot = model.columns.map(() => undefined);
  return loaded(model, entity, { state: 'new', key: undefined, version: undefined, snapshot });
}

/** A loaded entity to which something was assigned since. */
export function changed(model: EntityModel, entity: Values, assigned: Values): TrackedEntity {
  const tracked = loaded(model, entity);
  Object.assign(entity, assigned);
  return tracked;
}

/** A loaded entity that is to be deleted. */
export function removed(model: EntityModel, entity: Values): TrackedEntity {
  return loaded(model, entity, { state: 'removed' });
}
