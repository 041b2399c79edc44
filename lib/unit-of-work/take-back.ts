import type { FlushContext } from '../flush/flush-context';

/** Takes back what the library wrote into entities; new objects can be added again. */
export function takeBack({ undo }: Pick<FlushContext, 'undo'>): void {
  for (const one of undo.splice(0).toReversed()) {
    try {
      one();
    } catch {
      // An entity that the user froze stays as it is; the others are still taken back.
    }
  }
}

/** Lets another attempt or unit add the objects that were new in this one. */
export function disownNew({ map }: Pick<FlushContext, 'map'>): void {
  for (const tracked of map.all()) if (tracked.state === 'new') map.disown(tracked);
}
