import { meetInUnit, type Answer, type Provoke, type Scene } from './meet';
import type { Place } from './place';

/** How a code is brought about, and what must become of the unit that meets it. */
export interface Provocation {
  readonly expected: Omit<Answer, 'code'>;
  readonly meet: (place: Place) => Promise<Answer>;
}

type Rest = Parameters<typeof meetInUnit> extends [Place, ...infer Others] ? Others : never;

export const inUnit = (expected: Provocation['expected'], ...rest: Rest): Provocation => ({
  expected,
  meet: (place) => meetInUnit(place, ...rest),
});

/** Statements that are sent one after the other; the last is refused. */
export const says =
  (...statements: readonly ((scene: Scene) => string)[]): Provoke =>
  async (uow, scene) => {
    for (const statement of statements) await uow.manager.query(statement(scene));
  };
