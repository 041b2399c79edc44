import { openForUpdate, openNaive } from './for-update';
import { openForUpdateTypeorm } from './for-update-typeorm';
import type { OpenPolicy, PolicyName } from './policy';
import { openSerializable } from './serializable';
import { openDefault, openJitter } from './units';

export const openPolicies: Readonly<Record<PolicyName, OpenPolicy>> = {
  'for-update': openForUpdate,
  'for-update-typeorm': openForUpdateTypeorm,
  serializable: openSerializable,
  jitter: openJitter,
  default: openDefault,
  naive: openNaive,
};
