import { SelectQueryBuilder, type ObjectLiteral } from 'typeorm';
import { UsageError } from '../errors/usage-error';
import type { Load } from '../tracking/read-point';
import { filteredRelations } from './filtered-relations';
import { guard } from './guarded-builder';
import { trackGraph } from './track-graph';
import { trackerOf, type Tracker } from './tracker';

type RawAndEntities<Entity, Raw> = { entities: Entity[]; raw: Raw[] };

/**
 * TypeORM's SelectQueryBuilder, whose results are tracked.
 *
 * All of `find…`, `getOne` and `getMany` end in the two methods overridden here; `clone()` and
 * sub-queries make instances of this class again.
 */
export class TrackingQueryBuilder<Entity extends ObjectLiteral> extends SelectQueryBuilder<Entity> {
  // oxlint-disable-next-line no-explicit-any -- the signature is TypeORM's
  override async getRawAndEntities<Raw = any>(): Promise<RawAndEntities<Entity, Raw>> {
    const tracker = this.#prepare();
    if (!tracker) return super.getRawAndEntities<Raw>();
    return tracker.during(async (load) => {
      const { raw, entities } = await super.getRawAndEntities<Raw>();
      return { raw, entities: this.#track(tracker, entities, load) };
    });
  }

  override async getManyAndCount(): Promise<[Entity[], number]> {
    const tracker = this.#prepare();
    if (!tracker) return super.getManyAndCount();
    return tracker.during(async (load) => {
      const [entities, count] = await super.getManyAndCount();
      return [this.#track(tracker, entities, load), count];
    });
  }

  override relation(): never {
    throw new UsageError(
      'createQueryBuilder().relation() writes without checking row versions: load the entities and ' +
        'change their relations instead',
    );
  }

  #prepare(): Tracker | undefined {
    if (this.expressionMap.cache) {
      throw new UsageError(
        'a cached result may hold stale row versions: leave cache out inside a unit of work',
      );
    }
    const tracker = trackerOf(this.queryRunner);
    if (!tracker) return undefined;
    this.#selectKeysAndVersions(tracker);
    // The result is tracked as a whole; to be told of each row would take as long once more.
    if (!tracker.isOverheard && !this.#hasMappedProperties) this.callListeners(false);
    return tracker;
  }

  get #hasMappedProperties(): boolean {
    return this.expressionMap.joinAttributes.some((join) => join.mapToProperty !== undefined);
  }

  /** What is selected in part gets its key and version too, or a change of it could not be checked. */
  #selectKeysAndVersions(tracker: Tracker): void {
    const { aliases, selects, groupBys, selectDistinct, selectDistinctOn } = this.expressionMap;
    // A further column would change what these mean; such entities are read-only.
    if (groupBys.length > 0 || selectDistinct || selectDistinctOn.length > 0) return;
    const selected = new Set(selects.map(({ selection }) => selection));
    for (const alias of aliases) {
      if (!alias.hasMetadata) continue;
      const paths = alias.metadata.columns.map((column) => `${alias.name}.${column.propertyPath}`);
      const isWhole = selected.has(alias.name);
      if (!isWhole && !paths.some((path) => selected.has(path))) continue;
      const { key, version, tokens } = tracker.models.of(alias.metadata);
      const needed = alias.metadata.columns.filter((column) =>
        [...key, ...tokens, ...(version ? [version] : [])].some(
          (c) => c.propertyPath === column.propertyPath,
        ),
      );
      for (const column of needed) {
        const path = `${alias.name}.${column.propertyPath}`;
        if (!selected.has(path) && !(isWhole && column.isSelect)) this.addSelect(path);
      }
    }
  }

  /** Else relations are read by statements of their own, after the main one. */
  get #loadsByJoins(): boolean {
    const { relationLoadStrategy: byDefault = 'join' } = this.connection.options;
    return (this.findOptions.relationLoadStrategy ?? byDefault) === 'join';
  }

  /** Then a first statement finds the keys alone, and a later one reads the rows. */
  get #isPaginated(): boolean {
    const { skip, take, joinAttributes } = this.expressionMap;
    return (skip !== undefined || take !== undefined) && joinAttributes.length > 0;
  }

  #track(tracker: Tracker, entities: Entity[], load: Load): Entity[] {
    const alias = this.expressionMap.mainAlias;
    if (!alias?.hasMetadata) return entities;
    if (entities.length === 0) tracker.noteAbsent(alias.metadata, this.findOptions.where);
    const { whole, tail } = load;
    return trackGraph(tracker, entities, {
      metadata: alias.metadata,
      isLocking: isLocking(this.expressionMap.lockMode),
      readAt: this.#loadsByJoins ? whole : this.#isPaginated ? tail : load.head,
      relatedReadAt: this.#loadsByJoins ? whole : tail,
      hasMappedProperties: this.#hasMappedProperties,
      filtered: filteredRelations(this.expressionMap),
    });
  }
}

function isLocking(mode: string | undefined): boolean {
  return mode !== undefined && mode !== 'optimistic' && mode !== 'dirty_read';
}

const writing = ['insert', 'update', 'delete', 'softDelete', 'restore'] as const;

for (const method of writing) {
  const build = SelectQueryBuilder.prototype[method] as (...args: unknown[]) => object;
  Object.defineProperty(TrackingQueryBuilder.prototype, method, {
    configurable: true,
    value(this: object, ...args: unknown[]) {
      return guard(Reflect.apply(build, this, args));
    },
  });
}
