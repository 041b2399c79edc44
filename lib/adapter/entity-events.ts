import type { DataSource, EntityMetadata, QueryRunner } from 'typeorm';
import type { WriteListeners } from '../flush/write-listeners';
import type { EntityModel } from '../model/entity-model';
import type { Update, Write } from '../write-set/change';
import { buildDatabaseEntity } from './build-database-entity';
import type { EntityModels } from './entity-models';
import type { ColumnMetadata, RelationMetadata } from './typeorm-metadata';

type Broadcaster = QueryRunner['broadcaster'];

/** What TypeORM's own BroadcasterResult is: how many listened, and what to wait for. */
type Outcome = Parameters<Broadcaster['broadcastLoadEvent']>[0];

/** Tells TypeORM's entity listeners and subscribers of a unit's writes, as `save()` and `remove()` do. */
export class EntityEvents implements WriteListeners {
  readonly #dataSource: DataSource;
  readonly #runner: QueryRunner;
  readonly #models: EntityModels;
  /** Rows as they were before they were written; kept from the first event to the last. */
  readonly #databaseEntities = new Map<object, object>();

  constructor(dataSource: DataSource, runner: QueryRunner, models: EntityModels) {
    this.#dataSource = dataSource;
    this.#runner = runner;
    this.#models = models;
  }

  async before(writes: readonly Write[]): Promise<boolean> {
    const outcome = newOutcome();
    const heard = this.#inOrder(writes);
    for (const { write } of heard) this.#rememberRow(write);
    for (const told of heard) this.#broadcast('Before', told, outcome);
    await Promise.all(outcome.promises);
    return outcome.count > 0;
  }

  async after(writes: readonly Write[]): Promise<void> {
    const outcome = newOutcome();
    for (const told of this.#inOrder(writes)) this.#broadcast('After', told, outcome);
    await Promise.all(outcome.promises);
    // Listeners may write, so that one flush is told of within another.
    for (const { tracked } of writes) {
      this.#databaseEntities.delete(tracked.entity);
      tracked.softly = undefined;
    }
  }

  /** Whoever hears of queries or transactions is told of every statement, as is a logger of slow ones. */
  hearAfter(writes: readonly Write[]): boolean {
    const { subscribers, options } = this.#dataSource;
    if (options.maxQueryExecutionTime) return true;
    if (subscribers.some((one) => laterEvents.some((event) => one[event]))) return true;
    if (!this.#isAnyHeard(writes)) return false;
    const heard = writes.filter(({ tracked }) => !tracked.model.isLink);
    const models = new Set(heard.map(({ tracked }) => tracked.model));
    return [...new Set(heard.flatMap(eventsOf))].some((event) => {
      const isListening = (model: EntityModel) =>
        this.#models.metadataOf(model)[`after${event}Listeners`].length > 0;
      return subscribers.some((one) => one[`after${event}`]) || [...models].some(isListening);
    });
  }

  /** As TypeORM tells them, one kind after the other. */
  #inOrder(writes: readonly Write[]): Told[] {
    if (!this.#isAnyHeard(writes)) return [];
    const isHeard = this.#hearing();
    const told = writes.flatMap((write) => eventsOf(write).map((event) => ({ event, write })));
    return told
      .filter(isHeard)
      .toSorted((left, right) => events.indexOf(left.event) - events.indexOf(right.event));
  }

  /** Whether anybody hears of any event: mostly nobody does, and nothing is done for each row then. */
  #isAnyHeard(writes: readonly Write[]): boolean {
    const { subscribers } = this.#dataSource;
    const hears = (one: (typeof subscribers)[number]) =>
      events.some((event) => one[`before${event}`] ?? one[`after${event}`]);
    if (subscribers.some(hears)) return true;
    const models = new Set<EntityModel>();
    for (const { tracked } of writes) if (!tracked.model.isLink) models.add(tracked.model);
    return [...models].some((model) => this.#models.metadataOf(model).listeners.length > 0);
  }

  /** Whether anybody hears of an event: asked once for all rows of an entity. */
  #hearing(): (told: Told) => boolean {
    const { subscribers } = this.#dataSource;
    const known = new Map(events.map((event) => [event, new Map<EntityModel, boolean>()]));
    return ({ event, write: { tracked } }) => {
      const { model } = tracked;
      const answers = known.get(event);
      let answer = answers?.get(model);
      if (answer === undefined && model.isLink) answer = false;
      if (answer === undefined) {
        const metadata = this.#models.metadataOf(model);
        answer =
          metadata[`before${event}Listeners`].length > 0 ||
          metadata[`after${event}Listeners`].length > 0 ||
          subscribers.some((one) => one[`before${event}`] ?? one[`after${event}`]);
        answers?.set(model, answer);
      }
      return answer;
    };
  }

  #rememberRow({ operation, tracked }: Write): void {
    if (operation === 'insert') return;
    const row = buildDatabaseEntity(
      this.#dataSource,
      this.#models.metadataOf(tracked.model),
      tracked,
    );
    this.#databaseEntities.set(tracked.entity, row);
  }

  #broadcast(time: 'Before' | 'After', { event, write }: Told, outcome: Outcome): void {
    const { broadcaster } = this.#runner;
    const { entity, model } = write.tracked;
    const metadata = this.#models.metadataOf(model);
    const row = this.#databaseEntities.get(entity);
    if (event === 'Insert') {
      if (time === 'Before') broadcaster.broadcastBeforeInsertEvent(outcome, metadata, entity);
      else broadcaster.broadcastAfterInsertEvent(outcome, metadata, entity, idOf(metadata, entity));
    } else if (event === 'Update') {
      const [columns, relations] = changed(metadata, write as Update);
      const args = [outcome, metadata, entity, row, columns, relations] as const;
      broadcaster[`broadcast${time}UpdateEvent`](...args);
    } else {
      const args = [outcome, metadata, entity, row, idOf(metadata, entity)] as const;
      broadcaster[`broadcast${time}${event}Event`](...args);
    }
  }
}

// In TypeORM's order.
const events = ['Insert', 'Update', 'Remove', 'SoftRemove', 'Recover'] as const;

interface Told {
  readonly event: (typeof events)[number];
  readonly write: Write;
}

/** Nothing is told of a row that only moves its version. */
function eventsOf(write: Write): Told['event'][] {
  if (write.operation === 'insert') return ['Insert'];
  if (write.operation === 'delete') return ['Remove'];
  const { softly } = write.tracked;
  const isSoft = softly !== undefined && write.columns.some(({ isDeleteDate }) => isDeleteDate);
  const others = write.columns.filter(({ isDeleteDate }) => !isSoft || !isDeleteDate);
  const soft = softly === 'recover' ? 'Recover' : 'SoftRemove';
  return [
    ...(others.length > 0 ? ['Update' as const] : []),
    ...(isSoft ? [soft as Told['event']] : []),
  ];
}

const laterEvents = [
  'beforeQuery',
  'afterQuery',
  'beforeTransactionStart',
  'afterTransactionStart',
  'beforeTransactionCommit',
  'afterTransactionCommit',
] as const;

function newOutcome(): Outcome {
  return { count: 0, promises: [] } as unknown as Outcome;
}

function idOf(metadata: EntityMetadata, entity: object) {
  return metadata.getEntityIdMap(entity);
}

/** TypeORM tells changed foreign keys as relations, the rest as columns. */
function changed(
  metadata: EntityMetadata,
  { columns }: Update,
): [ColumnMetadata[], RelationMetadata[]] {
  const names = new Set(columns.map(({ databaseName }) => databaseName));
  const written = metadata.columns.filter(({ databaseName }) => names.has(databaseName));
  const relations = written.flatMap(({ relationMetadata }) => relationMetadata ?? []);
  return [written.filter(({ isVirtual }) => !isVirtual), [...new Set(relations)]];
}
