import { keyId, type EntityKey } from '../model/entity-key';
import type { EntityModel } from '../model/entity-model';
import { trackedEntity, type TrackedEntity } from './tracked-entity';

// An object belongs to the unit that tracks it, also after that unit has ended.
const owners = new WeakMap<object, IdentityMap>();

/** The identity map of the unit that tracks or tracked an object. */
export function ownerOf(entity: object): IdentityMap | undefined {
  return owners.get(entity);
}

/**
 * One instance per row within a unit.
 *
 * Lazy relations hand out instances that cannot be exchanged any more: a second instance of a row
 * is tracked too, as an alias, so that a change of it is neither lost nor written unseen.
 */
export class IdentityMap {
  readonly #byEntity = new Map<object, TrackedEntity>();
  readonly #byRow = new Map<string, TrackedEntity>();
  /** By table and key, whatever the class. */
  readonly #first = new Map<string, TrackedEntity>();
  /** All instances of rows that have several. */
  readonly #instances = new Map<string, ReadonlySet<TrackedEntity>>();
  readonly #absent = new Set<string>();
  /** Roots that the unit has not read and must move: nobody is shown these instances. */
  readonly #unreadRoots = new Map<string, TrackedEntity>();

  get(entity: object): TrackedEntity | undefined {
    return this.#byEntity.get(entity);
  }

  /** The instance that stands for a row. */
  at(model: EntityModel, key: EntityKey): TrackedEntity | undefined {
    return this.#byRow.get(instanceId(model, key));
  }

  /** The instance by which the unit came to know a row, of whichever class. */
  firstOf(model: EntityModel, key: EntityKey): TrackedEntity | undefined {
    return this.#first.get(rowId(model, key));
  }

  /** Remembers a unique value that the unit looked for and did not find. */
  noteAbsent(valueId: string): void {
    this.#absent.add(valueId);
  }

  wasAbsent(valueId: string): boolean {
    return this.#absent.has(valueId);
  }

  /** What stands for a root whose row was not read, the same for as long as the unit lasts. */
  unreadRoot(model: EntityModel, key: EntityKey): TrackedEntity {
    const id = rowId(model, key);
    let root = this.#unreadRoots.get(id);
    if (!root) {
      root = trackedEntity(model, model.blank(key), { state: 'managed', key });
      this.#unreadRoots.set(id, root);
    }
    return root;
  }

  /** Whether the unit has moved the version of a row that it had not read. */
  wasMovedUnread(model: EntityModel, key: EntityKey): boolean {
    if (this.#unreadRoots.size === 0) return false;
    return this.#unreadRoots.get(rowId(model, key))?.hasMoved ?? false;
  }

  /** The other instances of the same row. */
  aliasesOf(tracked: TrackedEntity): TrackedEntity[] {
    if (this.#instances.size === 0 || tracked.key === undefined) return [];
    const instances = this.#instances.get(rowId(tracked.model, tracked.key)) ?? [];
    return [...instances].filter(
      (other) => other !== tracked && this.#byEntity.get(other.entity) === other,
    );
  }

  add(tracked: TrackedEntity): void {
    owners.set(tracked.entity, this);
    this.#byEntity.set(tracked.entity, tracked);
    this.enter(tracked);
  }

  /** Makes a tracked instance the one that stands for its row, unless there is one already. */
  enter(tracked: TrackedEntity): void {
    if (tracked.key === undefined) return;
    const id = instanceId(tracked.model, tracked.key);
    if (!this.#byRow.has(id)) this.#byRow.set(id, tracked);
    const row = rowId(tracked.model, tracked.key);
    const first = this.#first.get(row);
    if (!first) this.#first.set(row, tracked);
    else if (first !== tracked)
      this.#instances.set(row, new Set([...(this.#instances.get(row) ?? [first]), tracked]));
  }

  delete(tracked: TrackedEntity): void {
    this.#byEntity.delete(tracked.entity);
    const { model, key } = tracked;
    if (key === undefined) return;
    if (this.at(model, key) === tracked) this.#byRow.delete(instanceId(model, key));
    if (this.firstOf(model, key) === tracked) this.#first.delete(rowId(model, key));
  }

  /** Gives up an object for good: another unit may add it as new. */
  disown(tracked: TrackedEntity): void {
    this.delete(tracked);
    owners.delete(tracked.entity);
  }

  clear(): void {
    this.#byEntity.clear();
    this.#byRow.clear();
    this.#first.clear();
    this.#instances.clear();
  }

  all(): TrackedEntity[] {
    return [...this.#byEntity.values()];
  }
}

/** Two entity classes may be mapped to one table: each has an instance of its own. */
function instanceId(model: EntityModel, key: EntityKey): string {
  return `${model.identity} ${keyId(key)}`;
}

/** Identifies a row; subclasses of single-table inheritance share their table. */
export function rowId(model: EntityModel, key: EntityKey): string {
  return `${model.tableName} ${keyId(key)}`;
}
