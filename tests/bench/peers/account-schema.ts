import type { EntitySchemaOptions } from 'typeorm';

import { Account } from '../account';

/** The mapping of an account for either TypeORM; decorators would be shared by all of them. */
export const accountMapping = {
  name: 'Account',
  target: Account,
  tableName: 'account',
  columns: {
    id: { type: 'int', primary: true },
    owner: { type: 'varchar', length: 100 },
    balance: { type: 'int' },
    note: { type: 'varchar', length: 200 },
    visits: { type: 'int' },
    version: { type: 'int', version: true, name: 'row_version' },
  },
} as const satisfies EntitySchemaOptions<Account>;
