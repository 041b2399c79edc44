import type { DataSource, EntitySubscriberInterface, LoadEvent } from 'typeorm';
import { isEntity } from './track-graph';
import { trackerOf } from './tracker';

/**
 * Catches what is loaded through a unit's query runner without its query builder: lazy relations,
 * and query builders that were handed the runner.
 */
class LoadSubscriber implements EntitySubscriberInterface<object> {
  afterLoad(entity: object, event?: LoadEvent<object>): void {
    const tracker = trackerOf(event?.queryRunner);
    if (!tracker || !event || !isEntity(entity, event.metadata)) return;
    tracker.noticeLoaded(entity, event.metadata.findInheritanceMetadata(entity));
  }
}

const subscriber = new LoadSubscriber();

/** Listens to what a data source loads. Its list of subscribers is made anew by `initialize()`. */
export function listenToLoads(dataSource: DataSource): void {
  if (!dataSource.subscribers.includes(subscriber)) dataSource.subscribers.push(subscriber);
  listenToLazyLoads(dataSource.relationLoader);
}

const heard = new WeakSet<object>();

/**
 * Remembers what a lazy collection holds when it is loaded: an edit is compared with that, and not with
 * what a rival has made of it since. The subscriber is told of members, never of the collection.
 */
function listenToLazyLoads(loader: DataSource['relationLoader']): void {
  if (heard.has(loader)) return;
  heard.add(loader);
  const load = loader.load.bind(loader);
  loader.load = async (relation, owners, queryRunner, queryBuilder) => {
    const loaded = (await load(relation, owners, queryRunner, queryBuilder)) as object[];
    const owner = Array.isArray(owners) ? undefined : trackerOf(queryRunner)?.map.get(owners);
    const collection = owner?.model.collections.find(
      ({ propertyPath }) => propertyPath === relation.propertyPath,
    );
    if (owner && collection) {
      owner.collections ??= new Map();
      owner.collections.set(collection, [...loaded]);
    }
    return loaded;
  };
}
