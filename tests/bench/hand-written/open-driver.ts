import type { Target } from '../peers/peer';
import type { Driver } from './driver';
import { openMysql2 } from './mysql2-driver';
import { openPg } from './pg-driver';

export function openDriver({ engine, url }: Target): Driver {
  return engine === 'postgres' ? openPg(url) : openMysql2(url);
}
