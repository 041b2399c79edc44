import { UsageError } from '../errors/usage-error';
import { keyId } from '../model/entity-key';
import type {
  CollectionModel,
  ColumnModel,
  EntityModel,
  ReferenceModel,
} from '../model/entity-model';
import { groupBy } from '../support/group-by';
import type { IdentityMap } from '../tracking/identity-map';
import { unreadCollections } from '../tracking/loaded-collections';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { FlushContext } from './flush-context';

/**
 * Learns which members collections had that were loaded lazily, or assigned without having been loaded,
 * and which link rows an entity leaves behind that is removed.
 *
 * @throws {UsageError} One that was assigned has members that the unit has not read.
 */
export async function readCollections(context: FlushContext): Promise<void> {
  const unknown = context.map.all().flatMap(unknownCollections);
  for (const [collection, group] of groupBy(unknown, (one) => one.collection)) {
    await readMembers(
      context,
      collection,
      group.map(({ tracked }) => tracked),
    );
  }
}

function unknownCollections(tracked: TrackedEntity) {
  const { model, state } = tracked;
  if (model.collections.length === 0 || (state !== 'managed' && state !== 'removed')) return [];
  const unknown =
    state === 'removed'
      ? model.collections.filter(({ links }) => links?.isDeletedWith === false)
      : unreadCollections(tracked);
  return unknown.map((collection) => ({ tracked, collection }));
}

/** How the rows of a collection are found, and what of them names the members. */
interface Source {
  readonly model: EntityModel;
  /** Points from a row to the entity that has the collection. */
  readonly reference: ReferenceModel;
  readonly asked: readonly ColumnModel[];
  readonly members: EntityModel;
  /** The key of a member, in the order of what is asked. */
  readonly names: readonly ColumnModel[];
}

function sourceOf({ foreignKey, links }: CollectionModel): Source | undefined {
  const model = links?.model() ?? foreignKey?.holder();
  const path = links?.side ?? foreignKey?.propertyPath;
  const reference = model?.references.find(({ propertyPath }) => propertyPath === path);
  if (!model || !reference) return undefined;
  if (!links) return { model, reference, asked: model.key, members: model, names: model.key };
  const other = model.references.find((one) => one !== reference);
  if (!other) return undefined;
  const members = other.target();
  const names = other.referencedNames.flatMap((name) => columnNamed(members, name));
  return { model, reference, asked: other.columns, members, names };
}

function columnNamed({ columns }: EntityModel, name: string): ColumnModel[] {
  return columns.filter(({ databaseName }) => databaseName === name);
}

async function readMembers(
  { dialect, catalog, connection, map }: FlushContext,
  collection: CollectionModel,
  owners: readonly TrackedEntity[],
): Promise<void> {
  const source = sourceOf(collection);
  if (!source) return;
  const { model, reference, asked } = source;
  const { columns } = reference;
  const unique = { name: '', columns, isPartial: false, watched: columns, includes: () => true };
  const values = owners.map((owner) =>
    reference.referencedNames.map((name) => columnNamed(owner.model, name)[0]?.read(owner.entity)),
  );
  const table = await catalog.describe(model, connection);
  const { rows } = await connection.read(dialect.readByUnique(model, unique, asked, values, table));
  owners.forEach((owner, ord) => {
    const found = rows.filter((row) => Number(row['ord']) === ord);
    const keyed = found.map((row) => keyedMember(source, row));
    owner.collections ??= new Map();
    owner.collections.set(collection, membersAt(map, source, collection, owner, keyed));
  });
}

/** An object that has the key of a member and nothing else. */
function keyedMember({ names }: Source, row: Readonly<Record<string, unknown>>): object {
  const keyed = {};
  names.forEach((column, i) => column.write(keyed, row[`c${i}`]));
  return keyed;
}

function membersAt(
  map: IdentityMap,
  source: Source,
  collection: CollectionModel,
  owner: TrackedEntity,
  keyed: readonly object[],
): object[] {
  const { members, names } = source;
  const now = new Set(collection.members(owner.entity));
  return keyed.flatMap((member) => {
    const first = map.firstOf(
      members,
      names.map((column) => column.read(member)),
    );
    const all = first ? [first, ...(map.aliasesOf(first) ?? [])] : [];
    const held = all.find(({ entity }) => now.has(entity)) ?? first;
    if (owner.state === 'removed') return [held?.entity ?? member];
    for (const one of all) rememberOwner(one, source, collection, owner);
    // Who reads a lazy relation has read its members; a rival may have added others since.
    const named = held ? undefined : namedBy(members, names, member, now);
    if (named) return [named];
    if (!held && !collection.settle) throw assigned(owner, collection);
    return held ? [held.entity] : [];
  });
}

/** The instance of a member that was loaded elsewhere, with an owner that is attached. */
function namedBy(
  model: EntityModel,
  names: readonly ColumnModel[],
  member: object,
  now: ReadonlySet<object>,
): object | undefined {
  const id = keyId(names.map((column) => column.read(member)));
  return [...now].find((one) => keyId(names.map((column) => column.read(one))) === id);
}

/** As a member that is loaded with its collection: its row says to whom it belongs. */
function rememberOwner(
  { snapshot }: TrackedEntity,
  { reference }: Source,
  { links }: CollectionModel,
  owner: TrackedEntity,
): void {
  if (links) return;
  reference.columns.forEach(({ index }, i) => {
    const [column] = columnNamed(owner.model, reference.referencedNames[i] ?? '');
    if (column && snapshot[index] === undefined) snapshot[index] = owner.snapshot[column.index];
  });
}

function assigned({ model, key = [] }: TrackedEntity, { propertyPath }: CollectionModel) {
  return new UsageError(
    `${model.entityName}(${keyId(key)}).${propertyPath} was assigned without having been loaded, and has ` +
      `other members: load it with { relations: { ${propertyPath}: true } }`,
  );
}
