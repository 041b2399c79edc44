import { engineTitle } from '../../figures/titles';
import type { PolicyName } from '../policies/policy';
import type { Place } from './bars';

const policyTitles: Readonly<Record<PolicyName, string>> = {
  'for-update': 'FOR UPDATE',
  'for-update-typeorm': 'FOR UPDATE, TypeORM',
  serializable: 'SERIALIZABLE',
  jitter: 'jitter alone',
  default: 'default',
  naive: 'no lock',
};

/** What a reader calls a policy. */
export const policyTitle = (name: PolicyName): string => policyTitles[name];

export const placeTitle = ({ engine, delayMs }: Place): string =>
  delayMs === 0 ? engineTitle(engine) : `${engineTitle(engine)}, ${delayMs} ms`;
