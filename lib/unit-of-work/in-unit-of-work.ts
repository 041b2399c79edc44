import type { DataSource } from 'typeorm';
import { UsageError } from '../errors/usage-error';
import type { UnitOfWorkOptions } from './options';
import { unitOfWork } from './run-unit-of-work';

export interface InUnitOfWorkOptions<Self> extends UnitOfWorkOptions {
  /** Where the unit runs. Default: the property `dataSource` of the object. */
  readonly dataSource?: ((self: Self) => DataSource) | undefined;
}

/**
 * Runs a method as a unit of work, or as a part of the one that is open.
 *
 * The method finds it by `currentUnitOfWork()`; with ambient units, repositories find it themselves. It is
 * run again after a lost race, with the same arguments.
 *
 * @throws {UsageError} From the method: the object has no data source.
 * @example
 *   class Accounts {
 *     constructor(readonly dataSource: DataSource) {}
 *     @InUnitOfWork({ name: 'close account' })
 *     async close(id: number) { … }
 *   }
 */
export function InUnitOfWork<Self extends object>(options: InUnitOfWorkOptions<Self> = {}) {
  const { dataSource: find = ownDataSource, ...rest } = options;
  return <Method extends (this: Self, ...args: never[]) => Promise<unknown>>(
    _prototype: object,
    _name: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    const method: ((...args: never[]) => Promise<unknown>) | undefined = descriptor.value;
    if (!method) throw new UsageError('@InUnitOfWork() stands on a method');
    const inUnit = async function (this: Self, ...args: never[]) {
      return unitOfWork(find(this), () => Reflect.apply(method, this, args), rest);
    };
    // It takes and returns what the method does.
    descriptor.value = inUnit as Method;
  };
}

function ownDataSource(self: object): DataSource {
  const { dataSource } = self as { readonly dataSource?: DataSource };
  if (dataSource) return dataSource;
  throw new UsageError(
    '@InUnitOfWork() needs a property dataSource, or { dataSource: (self) => … } to find it',
  );
}
