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
    for (const write of heard) this.#rememberRow(write);
    for (const write of heard) this.#broadcast('Before', write, outcome);
    await Promise.all(outcome.promises);
    return outcome.count > 0;
  }

  async after(writes: readonly Write[]): Promise<void> {
    const outcome = newOutcome();
    for (const write of this.#inOrder(writes)) this.#broadcast('After', write, outcome);
    await Promise.all(outcome.promises);
    // Listeners may write, so that one flush is told of within another.
    for (const { tracked } of writes) this.#databaseEntities.delete(tracked.entity);
  }

  /** Whoever hears of queries or transactions is told of every statement, as is a logger of slow ones. */
  hearAfter(writes: readonly Write[]): boolean {
    const { subscribers, options } = this.#dataSource;
    if (options.maxQueryExecutionTime) return true;
    if (subscribers.some((one) => laterEvents.some((event) => one[event]))) return true;
    const told = writes.filter(({ tracked }) => !tracked.model.isLink);
    const models = new Set(told.map(({ tracked }) => tracked.model));
    const operations = new Set(told.map(({ operation }) => operation));
    return [...operations].some((operation) => {
      const event = `after${eventOf[operation]}` as const;
      const isListening = (model: EntityModel) =>
        this.#models.metadataOf(model)[`${event}Listeners`].length > 0;
      return subscribers.some((one) => one[event]) || [...models].some(isListening);
    });
  }

  /** Inserts, updates, removals, as TypeORM tells them; nothing of rows that only move their version. */
  #inOrder(writes: readonly Write[]): Write[] {
    const isHeard = this.#hearing();
    const heard = writes.filter(
      (write) => (write.operation !== 'update' || write.columns.length > 0) && isHeard(write),
    );
    return heard.toSorted((left, right) => order[left.operation] - order[right.operation]);
  }

  /** Whether anybody hears of a write: asked once for all rows of an entity. */
  #hearing(): (write: Write) => boolean {
    const { subscribers } = this.#dataSource;
    const known = { insert: new Map(), update: new Map(), delete: new Map() } as const;
    return ({ operation, tracked: { model } }) => {
      const answers: Map<EntityModel, boolean> = known[operation];
      let answer = answers.get(model);
      if (answer === undefined && model.isLink) answer = false;
      if (answer === undefined) {
        const metadata = this.#models.metadataOf(model);
        const event = eventOf[operation];
        answer =
          metadata[`before${event}Listeners`].length > 0 ||
          metadata[`after${event}Listeners`].length > 0 ||
          subscribers.some((one) => one[`before${event}`] ?? one[`after${event}`]);
        answers.set(model, answer);
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

  #broadcast(time: 'Before' | 'After', write: Write, outcome: Outcome): void {
    const { broadcaster } = this.#runner;
    const { entity, model } = write.tracked;
    const metadata = this.#models.metadataOf(model);
    const row = this.#databaseEntities.get(entity);
    if (write.operation === 'insert') {
      if (time === 'Before') broadcaster.broadcastBeforeInsertEvent(outcome, metadata, entity);
      else broadcaster.broadcastAfterInsertEvent(outcome, metadata, entity, idOf(metadata, entity));
    } else if (write.operation === 'update') {
      const [columns, relations] = changed(metadata, write);
      const args = [outcome, metadata, entity, row, columns, relations] as const;
      broadcaster[`broadcast${time}UpdateEvent`](...args);
    } else {
      const args = [outcome, metadata, entity, row, idOf(metadata, entity)] as const;
      broadcaster[`broadcast${time}RemoveEvent`](...args);
    }
  }
}

const laterEvents = [
  'beforeQuery',
  'afterQuery',
  'beforeTransactionStart',
  'afterTransactionStart',
  'beforeTransactionCommit',
  'afterTransactionCommit',
] as const;
const order = { insert: 0, update: 1, delete: 2 } as const;
const eventOf = { insert: 'Insert', update: 'Update', delete: 'Remove' } as const;

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
