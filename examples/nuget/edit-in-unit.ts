import type { DataSource } from 'typeorm';
import { unitOfWork } from '../../lib/index';
import { conflictCode } from '../setup/conflict-code';
import type { Edit, Version } from './edits';
import { Package, PackageRegistration } from './entities';
import type { Done, OperationOptions } from './operation';

/**
 * Edits the versions of a registration, and recomputes the flag from a set that nobody has changed:
 * the row version of the registration, read with its packages by one statement, guards them all.
 *
 * Whoever loses the race for a new name finds the registration of the winner when it looks again.
 */
export async function editInUnit(
  dataSource: DataSource,
  name: string,
  edit: Edit,
  options: OperationOptions = {},
): Promise<Done> {
  try {
    return await editOnce(dataSource, name, edit, options);
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return editOnce(dataSource, name, edit, options);
  }
}

function editOnce(
  dataSource: DataSource,
  name: string,
  edit: Edit,
  { isolation, think }: OperationOptions,
): Promise<Done> {
  return unitOfWork(
    dataSource,
    async (uow) => {
      const found = await uow.findOne(PackageRegistration, {
        where: { name },
        relations: { packages: true },
      });
      await think?.();
      const registration = found ?? Object.assign(new PackageRegistration(), { name });
      const before = found?.packages ?? [];
      const make = (version: Version) => Object.assign(new Package(), version, { registration });
      const after = edit(before, make);
      if (after && !found) uow.add(registration);
      if (after) uow.add(after.filter((one) => !before.includes(one)));
      if (after) uow.remove(before.filter((one) => !after.includes(one)));
      return { attempts: uow.attempt, hasChanged: after !== undefined };
    },
    { name: 'edit packages', isolation },
  );
}

const isDuplicate = (error: unknown): boolean =>
  ['23505', '1062'].includes(conflictCode(error) ?? '');
