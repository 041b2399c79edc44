import { DataSource, EntitySchema } from 'typeorm';

import type { Account } from '../../account';
import { accountMapping } from '../../peers/account-schema';
import { optionsOf } from '../../peers/data-source-options';
import type { OpenPolicy } from './policy';

/** A data source of TypeORM as users have it without this library. */
export function openTypeorm(
  ...[target, connections, counter]: Parameters<OpenPolicy>
): Promise<DataSource> {
  const schema = new EntitySchema<Account>(accountMapping);
  const options = optionsOf(target, [schema], connections);
  return new DataSource({ ...options, logger: counter }).initialize();
}
