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
}
