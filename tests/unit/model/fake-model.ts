import type {
  ColumnModel,
  EntityModel,
  ReferenceModel,
  RootGuard,
  UniqueModel,
} from '../../../lib/model/entity-model';

/** A foreign key of a fake model: the property with the object, and its columns. */
interface FakeReference {
  readonly path: string;
  readonly columns: readonly string[];
  readonly target: () => EntityModel;
  readonly referenced?: readonly string[];
  readonly guard?: RootGuard;
  readonly isNullable?: boolean;
}

/** What of an entity model a test says; columns are in the order written. */
export interface FakeShape {
  readonly columns: Readonly<Record<string, Partial<ColumnModel>>>;
  readonly version?: string;
  readonly references?: readonly FakeReference[];
  readonly uniques?: readonly (readonly string[])[];
  readonly tablePath?: readonly string[];
  readonly readOnlyReason?: string;
}

type Values = Record<string, unknown>;

/** An entity model of plain objects: a property per column, a property per relation. */
export function fakeModel(entityName: string, shape: FakeShape): EntityModel {
  const references = shape.references ?? [];
  const columns = Object.entries(shape.columns).map(([name, settings], index) =>
    fakeColumn(index, name, settings, references),
  );
  const pick = (names: readonly string[]) => names.map((name) => named(columns, name));
  const tablePath = shape.tablePath ?? [entityName.toLowerCase()];
  return {
    entityName,
    tablePath,
    tableName: tablePath.join('.'),
    identity: tablePath.join('.'),
    columns,
    key: columns.filter((column) => column.isKey),
    version: shape.version === undefined ? undefined : named(columns, shape.version),
    tokens: columns.filter((column) => column.isToken),
    references: references.map((reference) => fakeReference(reference, pick(reference.columns))),
    uniques: (shape.uniques ?? []).map((names) => fakeUnique(pick(names))),
    collections: [],
    cascades: [],
    isLink: false,
    readOnlyReason: shape.readOnlyReason,
    blank: (values) => blank(columns, values),
  };
}

function blank(columns: readonly ColumnModel[], key: readonly unknown[]): Values {
  const names = columns.filter(({ isKey }) => isKey).map(({ propertyPath }) => propertyPath);
  return Object.fromEntries(names.map((name, i) => [name, key[i]]));
}

/** The column of a model by its property. */
export function columnNamed(model: EntityModel, name: string): ColumnModel {
  return named(model.columns, name);
}

function named(columns: readonly ColumnModel[], name: string): ColumnModel {
  const column = columns.find(({ propertyPath }) => propertyPath === name);
  if (!column) throw new Error(`the fake model has no column ${name}`);
  return column;
}

function fakeColumn(
  index: number,
  name: string,
  settings: Partial<ColumnModel>,
  references: readonly FakeReference[],
): ColumnModel {
  return {
    index,
    propertyPath: name,
    databaseName: name,
    kind: 'other',
    isKey: false,
    isAddable: false,
    isInsertable: true,
    isUpdatable: true,
    isUnversioned: false,
    isToken: false,
    isFilledOnInsert: false,
    isFilledOnUpdate: false,
    isNullWhenOmitted: false,
    onUpdate: undefined,
    generate: undefined,
    isIncrement: false,
    isDeleteDate: false,
    constant: undefined,
    read: (entity) => readColumn(entity as Values, name, references),
    write: (entity, answered) => void ((entity as Values)[name] = answered),
    readBoth: undefined,
    copy: (from, to) => void ((to as Values)[name] = (from as Values)[name]),
    remember: (_entity, write) => {
      write();
      return () => undefined;
    },
    ...settings,
  };
}

/** A foreign key is the key of the related object if there is one, else its own property. */
function readColumn(entity: Values, name: string, references: readonly FakeReference[]): unknown {
  for (const { path, columns, referenced } of references) {
    const position = columns.indexOf(name);
    const related = position < 0 ? undefined : entity[path];
    if (related === null) return null;
    if (related !== undefined) return (related as Values)[referenced?.[position] ?? 'id'];
  }
  return entity[name];
}

function fakeReference(
  { path, target, referenced, guard, isNullable = true }: FakeReference,
  columns: readonly ColumnModel[],
): ReferenceModel {
  return {
    propertyPath: path,
    columns,
    target,
    referencedNames: referenced ?? ['id'],
    related: (entity) => ((entity as Values)[path] as object | null | undefined) ?? undefined,
    settle: undefined,
    guard,
    isNullable,
  };
}

function fakeUnique(columns: readonly ColumnModel[]): UniqueModel {
  const name = columns.map(({ databaseName }) => databaseName).join('_');
  return { name, columns, isPartial: false, watched: columns, includes: () => true };
}
