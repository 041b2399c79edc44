import { UsageError } from '../errors/usage-error';
import type { RootGuard } from '../model/entity-model';
import { markPart } from './marks';

export interface PartOfOptions {
  /** `check` (default) compares the root's row version and moves it, `move` only moves it. */
  readonly guard?: RootGuard;
}

/**
 * Stands beside `@ManyToOne()` or `@OneToOne()`: the entity is a part of the aggregate root that the
 * relation points to, whose row version guards the set of its parts.
 *
 * Whoever adds, changes or removes a part moves the version of the root, once per unit; whoever has
 * read the set is in conflict then. A root that is a part itself passes it on to its own root.
 *
 * The root must be read before its parts, or with them by one statement. A part that is added to a
 * root that was not read moves it without a check. With `guard: 'move'` parts can be changed without
 * their root: for parts that nobody decides by, such as comments.
 *
 * @throws {MappingError} At first use: the root has no row version, or the relation no foreign key.
 * @example
 *   @PartOf() @ManyToOne(() => Order, (order) => order.lines) order: Order;
 * @see Evans, Domain-Driven Design (2003), chapter 6: Aggregates
 */
export function PartOf({ guard = 'check' }: PartOfOptions = {}): PropertyDecorator {
  if (guard !== 'check' && guard !== 'move') {
    throw new UsageError(`the guard of @PartOf may be 'check' or 'move', not ${String(guard)}`);
  }
  return (target: object, propertyKey: string | symbol): void =>
    markPart(target.constructor, String(propertyKey), guard);
}
