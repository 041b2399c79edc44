import { FindOperator, type DataSource, type EntityMetadata } from 'typeorm';
import { isKeyValue } from '../dialect/check-value';
import type { Dialect } from '../dialect/dialect';
import type { Row } from '../dialect/statement';
import { keyId } from '../model/entity-key';
import type { ColumnModel, EntityModel } from '../model/entity-model';
import type { LockedRows } from '../flush/locked-rows';
import { noteStatement } from '../tracking/read-point';
import { trackGraph } from './track-graph';
import type { Tracker } from './tracker';
import type { ColumnMetadata } from './typeorm-metadata';
import type { UnitConnection } from './unit-connection';

/** How entities of one class are found by their key. */
interface Plan {
  readonly model: EntityModel;
  readonly key: ColumnModel;
  /** What is read of each row. */
  readonly columns: readonly ColumnModel[];
  /** What each of them is called in the answer. */
  readonly names: readonly string[];
}

/** What finds are made with. */
export interface FinderOptions {
  readonly tracker: Tracker;
  readonly connection: UnitConnection;
  /** Rows that need not be read again. */
  readonly held: LockedRows;
  /** Reads rows when it is not somebody else's turn any more. */
  inTurn<T>(model: EntityModel, keys: readonly unknown[], read: () => Promise<T>): Promise<T>;
}

const plans = new WeakMap<EntityMetadata, Plan | 'none'>();

/**
 * Finds entities by nothing but their key, the commonest read of all: TypeORM's query builder takes
 * as long for one row as the database does, and for a thousand several times that.
 *
 * It finds what TypeORM would find. Where that takes more than the columns of one table (relations
 * that are loaded with it, inheritance, an order, listeners), the read is left to TypeORM.
 */
export class KeyFinder {
  readonly #dataSource: DataSource;
  readonly #dialect: Dialect;
  readonly #tracker: Tracker;
  readonly #connection: UnitConnection;
  readonly #held: LockedRows;
  readonly #inTurn: FinderOptions['inTurn'];

  constructor(
    dataSource: DataSource,
    dialect: Dialect,
    { tracker, connection, held, inTurn }: FinderOptions,
  ) {
    this.#dataSource = dataSource;
    this.#dialect = dialect;
    this.#tracker = tracker;
    this.#connection = connection;
    this.#held = held;
    this.#inTurn = inTurn;
  }

  /**
   * @param most How many entities may be asked for.
   * @returns `undefined` if the read is TypeORM's.
   */
  async find(
    metadata: EntityMetadata,
    where: unknown,
    most: number,
  ): Promise<object[] | undefined> {
    const plan = this.#tracker.isOverheard ? undefined : this.#planOf(metadata);
    const keys = plan && keysIn(plan.key, where);
    if (!plan || !keys || keys.length > most) return undefined;
    return this.#tracker.during(async (load) => {
      const rows = await this.#inTurn(plan.model, keys, () => this.#read(plan, keys));
      if (rows.length === 0) this.#tracker.noteAbsent(metadata, where);
      const entities = rows.map((row) => this.#entityOf(metadata, plan, row));
      const { whole } = load;
      const graph = { metadata, isLocking: false, readAt: whole, relatedReadAt: whole };
      return trackGraph(this.#tracker, entities, { ...graph, hasMappedProperties: false });
    });
  }

  /** What is read of a row that is found by its key; nothing if that is left to TypeORM. */
  columnsOf(model: EntityModel): readonly ColumnModel[] {
    return this.#planOf(this.#tracker.models.metadataOf(model))?.columns ?? [];
  }

  async #read({ model, columns }: Plan, keys: readonly unknown[]): Promise<readonly Row[]> {
    const rows = this.#held.isEmpty ? undefined : this.#heldRows(model, keys);
    if (!rows) return (await this.#connection.read(this.#dialect.find(model, columns, keys))).rows;
    // As if they were read now: they cannot have changed.
    this.#connection.refuseUse();
    noteStatement();
    return rows;
  }

  #heldRows(model: EntityModel, keys: readonly unknown[]): readonly Row[] | undefined {
    // What is softly deleted is not found.
    if (model.columns.some(({ isDeleteDate }) => isDeleteDate)) return undefined;
    const wanted = [...new Map(keys.map((key) => [keyId([key]), [key]])).values()];
    return this.#held.read(model, wanted);
  }

  #planOf(metadata: EntityMetadata): Plan | undefined {
    let plan = plans.get(metadata);
    if (!plan) {
      const isPlain = isFoundByKeyAlone(metadata, this.#dataSource);
      plan = isPlain ? makePlan(metadata, this.#tracker.models.of(metadata)) : 'none';
      plans.set(metadata, plan);
    }
    return plan === 'none' ? undefined : plan;
  }

  #entityOf(metadata: EntityMetadata, { columns, names }: Plan, row: Row): object {
    const entity = metadata.create(this.#connection.runner, { fromDeserializer: true }) as object;
    for (let i = 0; i < columns.length; i++) columns[i]?.write(entity, row[names[i] ?? '']);
    return entity;
  }
}

/** Whether an entity is the columns of its row and nothing else, and its key one plain column. */
function isFoundByKeyAlone(metadata: EntityMetadata, { driver }: DataSource): boolean {
  const [key, second] = metadata.primaryColumns;
  const isPlainTable =
    metadata.tableType === 'regular' &&
    metadata.treeType === undefined &&
    !metadata.discriminatorColumn &&
    metadata.childEntityMetadatas.length === 0 &&
    Object.keys(metadata.orderBy ?? {}).length === 0;
  // TypeORM 0.3 alone.
  const { relationCounts = [] } = metadata as { readonly relationCounts?: readonly unknown[] };
  const isWhole =
    metadata.eagerRelations.length === 0 &&
    metadata.relationIds.length === 0 &&
    relationCounts.length === 0;
  const isPlainColumn = ({ isVirtualProperty, type }: ColumnMetadata) =>
    !isVirtualProperty && !(driver.spatialTypes as unknown[]).includes(type);
  if (!isPlainTable || !isWhole || !metadata.columns.every(isPlainColumn)) return false;
  return key !== undefined && second === undefined && isPlainKey(key);
}

function isPlainKey(key: ColumnMetadata): boolean {
  return !key.embeddedMetadata && !key.relationMetadata && !key.transformer && !key.isVirtual;
}

function makePlan(metadata: EntityMetadata, model: EntityModel): Plan | 'none' {
  const [key] = model.key;
  if (!key || (key.kind !== 'integer' && key.kind !== 'text')) return 'none';
  const isRead = new Map(
    metadata.columns.map((c) => [c.propertyPath, c.isSelect && !c.isVirtual] as const),
  );
  const columns = model.columns.filter(
    (column) => isRead.get(column.propertyPath) || column.isKey || column === model.version,
  );
  return { model, key, columns, names: columns.map((_, i) => `c${i}`) };
}

/** The keys that a condition asks for, if it asks for nothing else. */
function keysIn(key: ColumnModel, where: unknown): readonly unknown[] | undefined {
  if (typeof where !== 'object' || where === null) return undefined;
  const [name, another] = Object.keys(where);
  if (name !== key.propertyPath || another !== undefined) return undefined;
  const asked = (where as Record<string, unknown>)[name];
  const keys = asked instanceof FindOperator ? listedIn(asked) : [asked];
  const isPlain = keys.length > 0 && keys.every((value) => isKeyValue(key, value));
  return isPlain ? keys : undefined;
}

function listedIn({ type, value, child }: FindOperator<unknown>): readonly unknown[] {
  return type === 'in' && !child && Array.isArray(value) ? (value as unknown[]) : [];
}
