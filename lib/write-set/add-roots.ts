import { ConcurrencyError } from '../errors/concurrency-error';
import { UsageError } from '../errors/usage-error';
import { keyId, type EntityKey } from '../model/entity-key';
import type { ReferenceModel } from '../model/entity-model';
import { conflictOn } from '../tracking/conflict-on';
import { rowId, type IdentityMap } from '../tracking/identity-map';
import { wasReadBefore } from '../tracking/read-point';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { Update, Write, WriteSet } from './change';
import { rootsOf, type Root } from './find-roots';
import { newRows } from './new-rows';

/**
 * Adds the moves of aggregate roots whose parts are written, up to the topmost root.
 *
 * A root that was read before its part is checked and moved: its version guards the set that was
 * read. It moves once per unit: afterwards the row is locked, and everybody who read it will conflict.
 *
 * @throws {UsageError} A part is changed or removed and its root was not read before it.
 * @throws {ConcurrencyError} It was another one when it was read with its root.
 */
export function addRoots(
  map: IdentityMap,
  writes: readonly Write[],
): Pick<WriteSet, 'writes' | 'unreadRoots'> {
  const isPart = ({ tracked }: Write) => tracked.model.references.some(({ guard }) => guard);
  if (!writes.some(isPart)) return { writes, unreadRoots: [] };
  const moves = new RootMoves(map, writes);
  for (const write of moves) {
    if (!changesPart(write)) continue;
    for (const root of rootsOf(write)) moves.add(root, write.tracked);
  }
  return moves;
}

/** A change of nothing but unversioned columns is none that anybody is guarded against. */
function changesPart(write: Write): boolean {
  if (write.operation !== 'update' || write.moves || write.columns.length === 0) return true;
  return !write.columns.every((column) => column.isUnversioned);
}

/** Writes by their row; it can be added to while it is walked, so that roots find roots of their own. */
class RootMoves implements Iterable<Write> {
  readonly #map: IdentityMap;
  readonly writes: Write[];
  /** Stand for roots whose own roots are not known. */
  readonly unreadRoots: TrackedEntity[] = [];
  readonly #positions = new Map<string, number>();
  /** Roots without a version pass the move on and are not written. */
  readonly #passed: Write[] = [];
  readonly #seen = new Set<string>();
  readonly #inserted: ReadonlySet<string>;

  constructor(map: IdentityMap, writes: readonly Write[]) {
    this.#map = map;
    this.writes = [...writes];
    this.#inserted = newRows(writes);
    writes.forEach(({ tracked: { model, key } }, i) => {
      if (key) this.#positions.set(rowId(model, key), i);
    });
  }

  *[Symbol.iterator](): Generator<Write> {
    for (let i = 0, j = 0; ;) {
      const next = this.writes[i] ? this.writes[i++] : this.#passed[j++];
      if (!next) return;
      yield next;
    }
  }

  add({ reference, key, entity, isOld }: Root, part: TrackedEntity): void {
    const model = reference.target();
    const held = entity && this.#map.get(entity);
    if (held?.state === 'new') return;
    const rootKey = held?.key ?? key;
    const isUnread = this.#map.get(part.entity) === undefined;
    if (!rootKey && isUnread) this.unreadRoots.push(part);
    else if (!rootKey) throw unknownRoot(part, reference);
    if (!rootKey) return;
    const known = held ?? this.#map.firstOf(model, rootKey);
    const mustBeRead = isOld && reference.guard === 'check' && !isUnread;
    if (mustBeRead) refuseUnread(part, reference, rootKey, known);
    if (this.#inserted.has(rowId(model, rootKey))) return;
    if (known && reference.guard === 'check') refuseVersionless(known);
    const root = known ?? this.#map.unreadRoot(model, rootKey);
    if (root.hasMoved || root.state === 'removed') return;
    this.#move(root, root.key ?? rootKey, reference.guard === 'check');
  }

  #move(root: TrackedEntity, key: EntityKey, isChecked: boolean): void {
    const id = rowId(root.model, key);
    const expected = isChecked ? (root.version ?? null) : null;
    const position = this.#positions.get(id);
    const known = position === undefined ? undefined : this.writes[position];
    if (position !== undefined && known?.operation === 'update') {
      const merged = { ...known, moves: true, expected: known.expected ?? expected };
      if (root.model.version) this.writes[position] = merged;
      // It did not count as changed so far, and it may be a part itself.
      if (!known.moves) this.#passed.push(merged);
      return;
    }
    if (known || this.#seen.has(id)) return;
    this.#seen.add(id);
    const move: Update = {
      operation: 'update',
      tracked: root,
      key,
      expected,
      moves: true,
      columns: [],
      values: [],
      added: [],
    };
    if (root.model.version) this.#positions.set(id, this.writes.push(move) - 1);
    else this.#passed.push(move);
  }
}

/** @throws {UsageError} There is nothing to guard the parts with. */
function refuseVersionless({ model, key, version, readOnlyReason }: TrackedEntity): void {
  if (!model.version || version !== undefined) return;
  const reason = readOnlyReason ?? 'its row version is not known';
  throw new UsageError(
    `the parts of ${model.entityName}(${key ? keyId(key) : ''}) cannot be written: ${reason}`,
  );
}

/** A part that was read before its root, and again with it, and was another one then. */
function changedMeanwhile(part: TrackedEntity): ConcurrencyError {
  return new ConcurrencyError('row-version', [conflictOn(part, 'read', {})]);
}

/** @throws {UsageError} What was read of the set may be older or newer than the version that guards it. */
function refuseUnread(
  part: TrackedEntity,
  { propertyPath, target }: ReferenceModel,
  key: EntityKey,
  root: TrackedEntity | undefined,
): void {
  if (root && wasReadBefore(root.readAt, part.seenAt)) return;
  if (part.hasChanged) throw changedMeanwhile(part);
  const { entityName } = target();
  throw new UsageError(
    `${rowName(part)} is a part of ${entityName}(${keyId(key)}), which the unit ` +
      `${root ? 'has read after it' : 'has not read'}: load the ${entityName} first, or both at once ` +
      `with { relations: { ${propertyPath}: true } }; or mark the part @PartOf({ guard: 'move' })`,
  );
}

function unknownRoot(part: TrackedEntity, { propertyPath, target }: ReferenceModel): UsageError {
  return new UsageError(
    `${rowName(part)} was loaded without ${propertyPath}, so its ${target().entityName} is not ` +
      `known: load it with { relations: { ${propertyPath}: true } }, or through the ${target().entityName}`,
  );
}

function rowName({ model, key }: TrackedEntity): string {
  return `${model.entityName}(${key ? keyId(key) : 'new'})`;
}
