import type { EntityKey } from './entity-key';
import type { Fingerprint } from './fingerprint';

/** One column of a table, and how its value is taken from and put into an entity. */
export interface ColumnModel {
  /** Position in `EntityModel.columns`, and so in a snapshot. */
  readonly index: number;
  readonly propertyPath: string;
  readonly databaseName: string;
  readonly kind: ColumnKind;
  readonly isKey: boolean;
  /** Whether the database can add to it, and what the user sees is what it stores. */
  readonly isAddable: boolean;
  readonly isInsertable: boolean;
  readonly isUpdatable: boolean;
  /** A change of only such columns neither checks nor moves the row version. */
  readonly isUnversioned: boolean;
  /** Whether a row that has another value than the one that was loaded is lost. */
  readonly isToken: boolean;
  /** The database fills it when an INSERT leaves it out. */
  readonly isFilledOnInsert: boolean;
  /** The database or the library sets it at every UPDATE: update dates and computed columns. */
  readonly isFilledOnUpdate: boolean;
  /** An INSERT that leaves it out makes it NULL, and the entity says so afterwards. */
  readonly isNullWhenOmitted: boolean;
  /** What an UPDATE sets it to when the user did not, as SQL of TypeORM's own metadata. */
  readonly onUpdate: string | undefined;
  /** The client makes the value when it is missing: a uuid where the database has no generator. */
  readonly generate: (() => unknown) | undefined;
  /** Rows in which it is set are left out of reads. */
  readonly isDeleteDate: boolean;
  /** AUTO_INCREMENT, serial or identity. */
  readonly isIncrement: boolean;
  /** A value every row of this entity has: the discriminator of single-table inheritance. */
  readonly constant: unknown;
  /** The value as the driver would be sent it; `undefined` if it is not loaded or not set. */
  read(entity: object): unknown;
  /**
   * A foreign key with a property of its own, beside its relation: what each of the two says now.
   * Missing for every other column.
   */
  readonly readBoth: ((entity: object) => readonly [unknown, unknown]) | undefined;
  /**
   * Whether the property is what a kept value was made of, though it would be sent as another one now: a
   * transformer may make another each time. Missing without a transformer.
   */
  readonly holds?: ((entity: object, kept: Fingerprint) => boolean) | undefined;
  /** Puts a value that the database answered into the entity. */
  write(entity: object, answered: unknown): void;
  /** Puts the value of another instance of the same entity into this one. */
  copy(from: object, to: object): void;
  /** Runs `write` and returns what puts the property back, unless it was assigned again since. */
  remember(entity: object, write: () => void): () => void;
}

/** What decides how a value is checked before it is bound, and how it is compared. */
export type ColumnKind = 'integer' | 'decimal' | 'text' | 'other';

/** What a write of a part does to its root's row version: compare and move it, or only move it. */
export type RootGuard = 'check' | 'move';

/** A foreign key that this entity owns. */
export interface ReferenceModel {
  readonly propertyPath: string;
  readonly columns: readonly ColumnModel[];
  /** Path of the table it points to. */
  readonly target: () => EntityModel;
  /** The columns of the target, in the same order. */
  readonly referencedNames: readonly string[];
  /** Set if it points to the aggregate root that this entity is a part of. */
  readonly guard: RootGuard | undefined;
  readonly isNullable: boolean;
  /** The related object if one is set, never loading a lazy relation. */
  related(entity: object): object | undefined;
  /** Waits until the promise that was assigned to a lazy relation is known. */
  readonly settle: ((entity: object) => Promise<void>) | undefined;
}

/** A set of columns no two rows may share, or no two of the rows that a predicate picks. */
export interface UniqueModel {
  readonly name: string;
  readonly columns: readonly ColumnModel[];
  /** Whether the rows of a predicate alone share it. */
  readonly isPartial: boolean;
  /** The same and those of the predicate: a change of any may free or take a value. */
  readonly watched: readonly ColumnModel[];
  /** Whether a row with these values is among them. */
  includes(valueOf: (column: ColumnModel) => unknown): boolean;
}

/** Related entities that are stored in another table. */
export interface CollectionModel {
  readonly propertyPath: string;
  /** Whether it holds one entity at most: the side of a one-to-one without the foreign key. */
  readonly isSingle: boolean;
  /** The members as they are now; `undefined`: not loaded and not set. */
  members(entity: object): readonly object[] | undefined;
  /** The foreign key by which members say that they are some; missing for a many-to-many. */
  readonly foreignKey: MemberKey | undefined;
  /** The rows of a many-to-many, which stand for members; missing otherwise. */
  readonly links: LinkModel | undefined;
  /** Waits until the promise that was assigned is known, if the relation is a lazy one. */
  readonly settle: ((entity: object) => Promise<void>) | undefined;
}

/** The foreign key of the members of a collection. */
export interface MemberKey {
  /** The relation of the member that it belongs to. */
  readonly propertyPath: string;
  readonly holder: () => EntityModel;
  /** What becomes of a member that is taken out. */
  readonly orphans: 'nullify' | 'delete' | 'soft-delete' | 'keep' | 'refuse';
  /** Whether a member's own foreign key points to the entity; `undefined`: it is not loaded. */
  pointsTo(member: object, entity: object): boolean | undefined;
  /**
   * Points a member to an entity or to none. A relation that was not loaded is only lent: `giveBack`
   * makes it so again when the row is written; `takeBack` does when it is not.
   */
  point(member: object, to: object | null): Lent;
}

export interface Lent {
  takeBack(): void;
  readonly giveBack: (() => void) | undefined;
}

/** How a many-to-many is stored: a row for each pair. */
export interface LinkModel {
  readonly model: () => EntityModel;
  /** The reference of a link row that points to the entity; the other one points to the member. */
  readonly side: 'owner' | 'inverse';
  /** Whether the database deletes the rows of an entity that is deleted. */
  readonly isDeletedWith: boolean;
  /** What stands for the row of an entity and a member of its collection. */
  link(entity: object, member: object): object;
}

/** What is done to an entity may be done to those that it is related to. */
export type CascadeKind = 'insert' | 'remove' | 'soft-remove' | 'recover';

export interface CascadeModel {
  readonly propertyPath: string;
  readonly kinds: ReadonlySet<CascadeKind>;
  /** The related objects, without loading any. */
  related(entity: object): readonly object[];
  modelOf(related: object): EntityModel;
}

/** How an entity class is stored: plain and frozen, made once per data source. */
export interface EntityModel {
  readonly entityName: string;
  /** Schema or database if it is named, then the table. */
  readonly tablePath: readonly string[];
  /** The same as text: identifies the table. */
  readonly tableName: string;
  /** Classes that share it share their instances: the table, and the top of the inheritance tree. */
  readonly identity: string;
  readonly columns: readonly ColumnModel[];
  readonly key: readonly ColumnModel[];
  readonly version: ColumnModel | undefined;
  /** Columns that are compared like the row version. */
  readonly tokens: readonly ColumnModel[];
  readonly references: readonly ReferenceModel[];
  readonly uniques: readonly UniqueModel[];
  readonly collections: readonly CollectionModel[];
  readonly cascades: readonly CascadeModel[];
  /** Whether its rows stand for the members of a many-to-many: nobody is told of them. */
  readonly isLink: boolean;
  /** Why rows of this entity can be read and never written, if so. */
  readonly readOnlyReason: string | undefined;
  /** An instance that holds nothing but a key: stands for a row that was not read. */
  blank(key: EntityKey): object;
}

/** The key of an entity, `undefined` if one of its values is missing. */
export function keyOf(model: EntityModel, entity: object): EntityKey | undefined {
  const key = model.key.map((column) => unshared(column.read(entity)));
  const complete = key.length > 0 && key.every((value) => value !== undefined && value !== null);
  return complete ? key : undefined;
}

/** Changed in place, it would name another row. */
function unshared(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value);
  return value instanceof Date ? new Date(value) : value;
}
