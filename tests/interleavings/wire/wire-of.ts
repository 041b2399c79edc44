import type { Engine } from '../../setup/databases';
import { mySqlWire } from './mysql';
import { postgresWire } from './postgres';
import type { Wire } from './wire';

export const wireOf = (engine: Engine): Wire => (engine === 'postgres' ? postgresWire : mySqlWire);
