import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Version } from '../../../../examples/nuget/edits';
import type { EditPackages } from '../../../../examples/nuget/operation';
import { RowVersion, unitOfWork } from '../../../../lib/index';
import type { TestDatabase } from '../../../setup/on-each-database';
import { describeVersion, readDescription, type Description } from './registry';

/** The half-right fix: each row has a version of its own, and the set has none. */
@Entity('packages')
export class VersionedPackage implements Version {
  @PrimaryColumn({ name: 'version_sort', type: 'int' })
  versionSort: number;

  @Column({ type: 'boolean' })
  listed: boolean;

  @Column({ name: 'is_latest', type: 'boolean' })
  isLatest: boolean;

  @RowVersion()
  rowVersion: number;
}

/** There is one registration only, whatever its name. */
export const editVersionedRows: EditPackages = (
  dataSource,
  _name,
  edit,
  { isolation, think } = {},
) =>
  unitOfWork(
    dataSource,
    async (uow) => {
      const before = await uow.find(VersionedPackage, { order: { versionSort: 'ASC' } });
      await think?.();
      const after = edit(before, (version) => Object.assign(new VersionedPackage(), version));
      if (after) uow.add(after.filter((one) => !before.includes(one)));
      return { attempts: uow.attempt, hasChanged: after !== undefined };
    },
    { isolation },
  );

export async function storeRows(
  { source }: TestDatabase,
  descriptions: readonly Description[],
): Promise<void> {
  await source.manager.insert(VersionedPackage, descriptions.map(readDescription));
}

export async function storedRows({ source }: TestDatabase): Promise<Description[]> {
  const rows = await source.manager.find(VersionedPackage, { order: { versionSort: 'ASC' } });
  return rows.map(describeVersion);
}
