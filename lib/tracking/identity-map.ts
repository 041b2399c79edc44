import { keyId, type EntityKey } from '../model/entity-key';
import type { EntityModel } from '../model/entity-model';
import type { RowVersion } from '../model/row-version';
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
  /** By table and key, whatever the class: the instances of a row, mostly one, as they came. */
  readonly #byRow = new Map<string, Map<string | number, TrackedEntity | TrackedEntity[]>>();
  /** How often a row was found to have a further instance. */
  #severals = 0;
  readonly #absent = new Set<string>();
  /** The versions of rows whose instance was given up: what the unit decided, it may have decided by them. */
  readonly #retired = new Map<string, RowVersion>();
  /** The ids of link rows that the unit has deleted. */
  readonly unlinked = new Set<string>();
  /** Roots that the unit has not read and must move: nobody is shown these instances. */
  readonly #unreadRoots = new Map<string, TrackedEntity>();

  get(entity: object): TrackedEntity | undefined {
    return this.#byEntity.get(entity);
  }

  /** The instance that stands for a row. Two entity classes of one table have one each. */
  at(model: EntityModel, key: EntityKey): TrackedEntity | undefined {
    const found = this.#rowsOf(model).get(keyPart(key));
    if (Array.isArray(found)) return found.find((one) => one.model.identity === model.identity);
    return found?.model.identity === model.identity ? found : undefined;
  }

  /** The instance by which the unit came to know a row, of whichever class. */
  firstOf(model: EntityModel, key: EntityKey): TrackedEntity | undefined {
    const found = this.#rowsOf(model).get(keyPart(key));
    return Array.isArray(found) ? found[0] : found;
  }

  /**
   * The version by which the unit came to know a row. That of an instance which was given up is told
   * once, to the next one.
   */
  takeFirstVersion(model: EntityModel, key: EntityKey): RowVersion | undefined {
    const first = this.firstOf(model, key);
    if (first || this.#retired.size === 0) return first?.version;
    const id = rowId(model, key);
    const version = this.#retired.get(id);
    this.#retired.delete(id);
    return version;
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

  /** Whether its row has more instances than this one. */
  hasSeveral({ model, key }: TrackedEntity): boolean {
    return (
      this.#severals > 0 &&
      key !== undefined &&
      Array.isArray(this.#rowsOf(model).get(keyPart(key)))
    );
  }

  /** The other instances of the same row, if there are any. */
  aliasesOf(tracked: TrackedEntity): TrackedEntity[] | undefined {
    if (this.#severals === 0 || tracked.key === undefined) return undefined;
    const found = this.#rowsOf(tracked.model).get(keyPart(tracked.key));
    return Array.isArray(found) ? found.filter((other) => other !== tracked) : undefined;
  }

  add(tracked: TrackedEntity): void {
    owners.set(tracked.entity, this);
    this.#byEntity.set(tracked.entity, tracked);
    this.enter(tracked);
  }

  /** Makes a tracked instance one of those that stand for its row. */
  enter(tracked: TrackedEntity): void {
    if (tracked.key === undefined) return;
    const rows = this.#rowsOf(tracked.model);
    const part = keyPart(tracked.key);
    const known = rows.get(part);
    if (known === undefined) {
      rows.set(part, tracked);
    } else if (Array.isArray(known)) {
      if (!known.includes(tracked)) known.push(tracked);
    } else if (known !== tracked) {
      rows.set(part, [known, tracked]);
      this.#severals++;
    }
  }

  delete(tracked: TrackedEntity): void {
    this.#byEntity.delete(tracked.entity);
    this.#leave(tracked);
  }

  /**
   * Keeps an instance for nothing but to refuse a change of it: whoever reads its row again gets another.
   *
   * @param reason Why it does not stand for its row any more.
   * @param isWritten Whether the unit itself has written the row: then nobody else has since.
   */
  retire(tracked: TrackedEntity, reason: string, isWritten = false): void {
    const { model, key, version } = tracked;
    const id = key && rowId(model, key);
    if (id !== undefined && isWritten) this.#retired.delete(id);
    else if (id !== undefined && version !== undefined)
      this.#retired.set(id, Math.min(version, this.#retired.get(id) ?? version));
    this.#leave(tracked);
    tracked.readOnlyReason = reason;
    tracked.forcesIncrement = false;
    tracked.assertion = undefined;
    tracked.increments = undefined;
  }

  #leave(tracked: TrackedEntity): void {
    if (tracked.key === undefined) return;
    const rows = this.#rowsOf(tracked.model);
    const part = keyPart(tracked.key);
    const known = rows.get(part);
    const others = Array.isArray(known) ? known.filter((other) => other !== tracked) : [];
    if (others.length > 0) rows.set(part, others);
    else if (known === tracked || Array.isArray(known)) rows.delete(part);
  }

  #rowsOf({ tableName }: EntityModel): Map<string | number, TrackedEntity | TrackedEntity[]> {
    let rows = this.#byRow.get(tableName);
    if (!rows) this.#byRow.set(tableName, (rows = new Map()));
    return rows;
  }

  /** Gives up an object for good: another unit may add it as new. */
  disown(tracked: TrackedEntity): void {
    this.delete(tracked);
    owners.delete(tracked.entity);
  }

  clear(): void {
    this.#byEntity.clear();
    this.#byRow.clear();
    this.#retired.clear();
    this.unlinked.clear();
  }

  all(): TrackedEntity[] {
    return [...this.#byEntity.values()];
  }
}

/** Identifies a row; subclasses of single-table inheritance share their table. */
export function rowId(model: EntityModel, key: EntityKey): string {
  return `${model.tableName} ${keyId(key)}`;
}

const shortNumber = /^(?:0|-?[1-9]\d{0,14})$/;

/** The same for keys that are the same; a number where it can be one, for it takes no memory. */
function keyPart(key: EntityKey): string | number {
  const [only] = key;
  if (key.length !== 1) return keyId(key);
  if (Number.isSafeInteger(only)) return only as number;
  const text = String(only);
  return typeof only !== 'object' && shortNumber.test(text) ? Number(text) : keyId(key);
}
