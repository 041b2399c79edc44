import type {
  DataSource,
  EntityManager,
  EntityMetadata,
  EntitySubscriberInterface,
  EntityTarget,
  ObjectLiteral,
  QueryRunner,
} from 'typeorm';
import { UsageError } from '../errors/usage-error';
import { trackerOf } from './tracker';

/** What is done about a write of a versioned entity outside any unit. */
export type WriteGuard = 'off' | 'warn' | 'error';

interface WriteEvent {
  readonly queryRunner: QueryRunner;
  readonly metadata: EntityMetadata;
}

/** Hears of everything that TypeORM writes but an upsert, which looks like an insert. */
class GuardSubscriber implements EntitySubscriberInterface<object> {
  readonly #tell: Tell;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  beforeUpdate = (event: WriteEvent) => this.#hear('an update', event);
  beforeRemove = (event: WriteEvent) => this.#hear('a removal', event);
  beforeSoftRemove = (event: WriteEvent) => this.#hear('a soft removal', event);
  beforeRecover = (event: WriteEvent) => this.#hear('a recovery', event);

  #hear(what: string, { queryRunner, metadata }: WriteEvent): void {
    if (!trackerOf(queryRunner)) this.#tell(what, metadata);
  }
}

type Tell = (what: string, metadata: EntityMetadata) => void;

/**
 * Watches over what is written past units: it is not checked, and so it can undo what a unit has written.
 *
 * @returns What undoes it.
 */
export function guardWrites(dataSource: DataSource, guard: 'warn' | 'error'): () => void {
  const tell = teller(guard);
  const subscriber = new GuardSubscriber(tell);
  dataSource.subscribers.push(subscriber);
  const undo = [guardUpserts(dataSource, dataSource.manager, tell)];
  const { createEntityManager } = dataSource;
  dataSource.createEntityManager = (...args) => {
    const manager = Reflect.apply(createEntityManager, dataSource, args);
    guardUpserts(dataSource, manager, tell);
    return manager;
  };
  undo.push(() => Reflect.deleteProperty(dataSource, 'createEntityManager'));
  return () => {
    dataSource.subscribers.splice(dataSource.subscribers.indexOf(subscriber), 1);
    for (const one of undo) one();
  };
}

function teller(guard: 'warn' | 'error'): Tell {
  const told = new Set<string>();
  return (what, { versionColumn, name }) => {
    if (!versionColumn) return;
    const message =
      `${what} of ${name} outside a unit of work does not check its row version: ` +
      'run it in unitOfWork()';
    if (guard === 'error') throw new UsageError(message);
    if (told.has(message)) return;
    told.add(message);
    process.emitWarning(message, { type: 'UnitOfWorkWarning', code: 'UNIT_OF_WORK_GUARD' });
  };
}

function guardUpserts(dataSource: DataSource, manager: EntityManager, tell: Tell): () => void {
  const before = Object.getOwnPropertyDescriptor(manager, 'upsert');
  const original = manager.upsert as (...args: unknown[]) => Promise<unknown>;
  const upsert = async (...args: unknown[]) => {
    const [target] = args;
    tell('an upsert', dataSource.getMetadata(target as EntityTarget<ObjectLiteral>));
    return Reflect.apply(original, manager, args);
  };
  Object.defineProperty(manager, 'upsert', { value: upsert, configurable: true, writable: true });
  return () => {
    if (before) Object.defineProperty(manager, 'upsert', before);
    else Reflect.deleteProperty(manager, 'upsert');
  };
}
