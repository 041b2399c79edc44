import { applyCollections } from '../tracking/apply-collections';
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

/** Makes the write set what it was when the attempt failed; returns what takes that back. */
export function applyAgain({ map }: Pick<FlushContext, 'map'>): () => void {
  try {
    const { takeBack: undo } = applyCollections(map);
    return () => takeBack({ undo: [...undo] });
  } catch {
    // It may have failed because what was edited cannot be written.
    return () => undefined;
  }
}
