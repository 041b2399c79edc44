import { fillDatabase } from '../../../examples/gerrit/database';
import { Change, LedgerEntry, PatchSet } from '../../../examples/gerrit/entities';
import type { Scenario } from '../scenario';
import { inspect } from './inspect';
import { work } from './work';

/** Submit, merge queue, mergeability checker and reviewers on 20 changes. */
export const gerrit: Scenario = {
  name: 'gerrit',
  system: 'Gerrit',
  bug: 'submit lost or orphaned patch sets',
  entities: [Change, PatchSet, LedgerEntry],
  fill: (source) => fillDatabase(source),
  work,
  inspect,
};
