import type { Target } from '../peers/peer';
import type { Driver } from './driver';
import { openMysql2 } from './mysql2-driver';
import { openPg } from './pg-driver';

/** @param connections As many as the pool opens at most. */
export function openDriver({ engine, url }: Target, connections = 2): Driver {
  return engine === 'postgres' ? openPg(url, connections) : openMysql2(url, connections);
}
