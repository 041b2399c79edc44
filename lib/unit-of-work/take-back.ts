import { applyCollections } from '../tracking/apply-collections';
import type { FlushContext } from '../flush/flush-context';
import type { IdentityMap } from '../tracking/identity-map';

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

/** Where it is noted what the user's code asks for. */
export type Asked = Pick<FlushContext, 'undo' | 'asked'>;

/** Changes entities as the user's code asks for: `change` gives back what takes that back. */
export function changeAsAsked({ undo, asked }: Asked, change: () => () => void): void {
  undo.push(change());
  asked.push(change);
}

/** Changes all of them, or none if one is refused. */
export function changeAll<T>(all: readonly T[], change: (one: T) => () => void): () => void {
  const undo: (() => void)[] = [];
  try {
    for (const one of all) undo.push(change(one));
  } catch (error) {
    takeBack({ undo });
    throw error;
  }
  return () => takeBack({ undo });
}

/** Lets another attempt or unit add the objects that were new in this one. */
export function disownNew({ map }: Pick<FlushContext, 'map'>): void {
  for (const tracked of map.all()) if (tracked.state === 'new') map.disown(tracked);
}

/** Makes the write set what it was when the attempt failed; returns what takes that back. */
export function applyAgain({ map, asked }: Pick<FlushContext, 'map' | 'asked'>): () => void {
  const undo: (() => void)[] = [];
  for (const change of [...asked, () => applyCollectionsOf(map)]) {
    try {
      undo.push(change());
    } catch {
      // It may have failed because what was asked for cannot be written.
    }
  }
  return () => takeBack({ undo });
}

function applyCollectionsOf(map: IdentityMap): () => void {
  const { takeBack: undo } = applyCollections(map);
  return () => takeBack({ undo });
}
