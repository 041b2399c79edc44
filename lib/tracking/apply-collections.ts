import { UsageError } from '../errors/usage-error';
import { keyId } from '../model/entity-key';
import type { ColumnModel, EntityModel, MemberKey } from '../model/entity-model';
import { fingerprint, sameFingerprint, type Fingerprint } from '../model/fingerprint';
import type { IdentityMap } from './identity-map';
import { editLinks } from './link-rows';
import { editedCollections, type CollectionEdit } from './loaded-collections';
import { removeSoftly } from './soft-removal';
import type { TrackedEntity } from './tracked-entity';

/** What has been done to entities so that their rows say what collections do. */
export interface AppliedCollections {
  /** If the rows are not written. */
  readonly takeBack: (() => void)[];
  /** When they are written; each gives back what takes that back. */
  readonly accept: (() => () => void)[];
}

/**
 * Makes rows say what collections do: whoever came in points to the entity, who left does not any
 * more or is removed; link rows of a many-to-many are added and removed one by one.
 *
 * What a member itself says of its foreign key decides, if it was assigned.
 *
 * @throws {UsageError} Something would be lost without a word.
 */
export function applyCollections(map: IdentityMap): AppliedCollections {
  const applied: AppliedCollections = { takeBack: [], accept: [] };
  const edits = map.all().flatMap((tracked) => editedCollections(tracked));
  try {
    for (const edit of edits) {
      refuseFiltered(edit);
      refuseRetired(edit);
    }
    const owners: Owners = new Map();
    // Who goes from one collection to another belongs to the one that it came to.
    for (const edit of edits) takeIn(map, edit, owners, applied);
    for (const edit of edits) letGo(map, edit, applied);
    applied.takeBack.push(...editLinks(map, edits));
  } catch (error) {
    undo(applied);
    throw error;
  }
  for (const edit of edits) applied.accept.push(() => acceptMembers(edit));
  return applied;
}

function undo({ takeBack }: AppliedCollections): void {
  for (const one of takeBack.toReversed()) one();
}

function acceptMembers({ tracked, collection, now }: CollectionEdit): () => void {
  const before = tracked.collections?.get(collection);
  tracked.collections ??= new Map();
  tracked.collections.set(collection, now);
  return () => {
    if (before) tracked.collections?.set(collection, before);
    else tracked.collections?.delete(collection);
  };
}

/** By which collection a member's foreign key was decided. */
type Owners = Map<object, CollectionEdit>;

function takeIn(
  map: IdentityMap,
  edit: CollectionEdit,
  owners: Owners,
  applied: AppliedCollections,
): void {
  const { foreignKey } = edit.collection;
  for (const member of edit.came) {
    const tracked = map.get(member);
    if (!tracked) throw untrackedMember(edit);
    if (!foreignKey || tracked.state === 'removed') continue;
    if (foreignKey.pointsTo(member, edit.tracked.entity)) continue;
    const other = owners.get(member);
    if (other?.collection.foreignKey?.propertyPath === foreignKey.propertyPath) {
      throw twoOwners(edit, other);
    }
    if (saysOtherwise(tracked, foreignKey)) continue;
    point(foreignKey, member, edit.tracked.entity, applied);
    owners.set(member, edit);
  }
}

/** Whether a member was given another foreign key, or points to another object that is new. */
function saysOtherwise({ model, entity, snapshot }: TrackedEntity, key: MemberKey): boolean {
  const reference = model.references.find(({ propertyPath }) => propertyPath === key.propertyPath);
  return (reference?.columns ?? []).some((column) => {
    const said = column.readBoth?.(entity) ?? [column.read(entity)];
    const known = snapshot[column.index];
    const isKnown = known !== undefined || !reference?.settle;
    const isUnsaved = said.every((value) => value === undefined) && reference?.related(entity);
    const isAssigned = (value: unknown) =>
      value !== undefined && value !== null && !sameFingerprint(fingerprint(value), known);
    return isUnsaved || (isKnown && said.some(isAssigned));
  });
}

function letGo(map: IdentityMap, edit: CollectionEdit, applied: AppliedCollections): void {
  const { foreignKey } = edit.collection;
  if (!foreignKey) return;
  const { entity } = edit.tracked;
  for (const member of edit.left) {
    const tracked = map.get(member);
    if (!tracked || tracked.state === 'removed') continue;
    const points =
      foreignKey.pointsTo(member, entity) ?? pointed(tracked, foreignKey, edit.tracked);
    if (points === false) continue;
    if (foreignKey.orphans === 'refuse') throw mustHaveOne(edit, foreignKey);
    rememberOwner(tracked, foreignKey, edit.tracked, applied);
    if (foreignKey.orphans === 'nullify') point(foreignKey, member, null, applied);
    if (foreignKey.orphans === 'delete') removeOrphan(tracked, applied);
    if (foreignKey.orphans === 'soft-delete') applied.takeBack.push(removeSoftly(tracked));
  }
}

/** Whether the row of a member points to an owner, as far as the unit can know. */
function pointed(
  { model, snapshot, hasMoved }: TrackedEntity,
  foreignKey: MemberKey,
  owner: TrackedEntity,
): boolean | undefined {
  // A rival may have moved it since: the write tells, by the version.
  if (model.version && !hasMoved) return undefined;
  const owned = [...keyTo(model, foreignKey, owner)];
  const isKnown = owned.every(([{ index }]) => snapshot[index] !== undefined);
  if (owned.length === 0 || !isKnown) return undefined;
  return owned.every(([{ index }, value]) => sameFingerprint(snapshot[index], value));
}

/** The foreign key of a member that belongs to an owner. */
function keyTo(
  { references }: EntityModel,
  { propertyPath }: MemberKey,
  owner: TrackedEntity,
): Map<ColumnModel, Fingerprint> {
  const reference = references.find((one) => one.propertyPath === propertyPath);
  const { columns = [], referencedNames = [] } = reference ?? {};
  return new Map(
    columns.map((column, i) => {
      const key = owner.model.columns.find((one) => one.databaseName === referencedNames[i]);
      return [column, key && owner.snapshot[key.index]];
    }),
  );
}

/** A rival may have given it to another owner since, and no version of its own would tell. */
function rememberOwner(
  tracked: TrackedEntity,
  foreignKey: MemberKey,
  owner: TrackedEntity,
  { takeBack, accept }: AppliedCollections,
): void {
  if (tracked.model.version || foreignKey.orphans === 'keep') return;
  const owned = keyTo(tracked.model, foreignKey, owner);
  if ([...owned.values()].includes(undefined)) return;
  tracked.orphanOf = owned;
  const forget = () => void (tracked.orphanOf = undefined);
  takeBack.push(forget);
  accept.push(() => {
    forget();
    return forget;
  });
}

function removeOrphan(tracked: TrackedEntity, { takeBack }: AppliedCollections): void {
  const { state } = tracked;
  tracked.state = 'removed';
  takeBack.push(() => void (tracked.state = state));
}

function point(
  foreignKey: MemberKey,
  member: object,
  to: object | null,
  { takeBack, accept }: AppliedCollections,
): void {
  const lent = foreignKey.point(member, to);
  takeBack.push(() => lent.takeBack());
  const { giveBack } = lent;
  if (!giveBack) return;
  accept.push(() => {
    giveBack();
    return () => undefined;
  });
}

function refuseFiltered({ tracked, collection }: CollectionEdit): void {
  if (tracked.state === 'removed' || !tracked.filtered?.has(collection)) return;
  throw new UsageError(
    `${nameOf({ tracked, collection })} was loaded with a condition or a limit, and edited: some of its members ` +
      'are not known, so load all of it to edit it',
  );
}

function refuseRetired({ tracked, collection }: CollectionEdit): void {
  if (tracked.state === 'removed' || tracked.readOnlyReason === undefined) return;
  throw new UsageError(
    `${nameOf({ tracked, collection })} cannot be edited: ${tracked.readOnlyReason}`,
  );
}

function untrackedMember(edit: CollectionEdit): UsageError {
  return new UsageError(
    `${nameOf(edit)} holds an object that the unit does not know: load it, add() it, or give the ` +
      "relation { cascade: ['insert'] }",
  );
}

function twoOwners(edit: CollectionEdit, other: CollectionEdit): UsageError {
  return new UsageError(
    `an entity was put into both ${nameOf(other)} and ${nameOf(edit)}: it can be in one of them`,
  );
}

function mustHaveOne(edit: CollectionEdit, { propertyPath }: MemberKey): UsageError {
  return new UsageError(
    `${nameOf(edit)} was taken away, and its ${propertyPath} must not be NULL: remove() it`,
  );
}

function nameOf({ tracked, collection }: Pick<CollectionEdit, 'tracked' | 'collection'>): string {
  const { model, key } = tracked;
  return `${model.entityName}(${key ? keyId(key) : 'new'}).${collection.propertyPath}`;
}
