import type { RelationMetadata } from './typeorm-metadata';

interface Made {
  readonly holder: Record<string, unknown>;
  /** Removes what was made and is not the user's by now. */
  unmake(): void;
}

/**
 * The object that holds a relation. Embedded objects around it that are missing are made: what is not
 * there cannot be pointed from, and the row would be written without its owner.
 */
export function makeHolder(relation: RelationMetadata, entity: object): Made {
  const takeBack: (() => void)[] = [];
  let holder = entity as Record<string, unknown>;
  for (const embedded of relation.embeddedMetadata?.embeddedMetadataTree ?? []) {
    const { propertyName } = embedded;
    const outer = holder;
    const before = outer[propertyName];
    if (typeof before === 'object' && before !== null) {
      holder = before as Record<string, unknown>;
      continue;
    }
    const wasThere = Object.hasOwn(outer, propertyName);
    const made = embedded.create() as Record<string, unknown>;
    outer[propertyName] = holder = made;
    takeBack.push(() => {
      if (outer[propertyName] !== made) return;
      if (wasThere) outer[propertyName] = before;
      else delete outer[propertyName];
    });
  }
  const unmake = () => {
    for (const one of takeBack.toReversed()) one();
  };
  return { holder, unmake };
}
