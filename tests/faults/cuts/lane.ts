import { DataSource, type DataSourceOptions } from 'typeorm';

import { configureUnitOfWork, unlimitedBudget } from '../../../lib/index';
import type { TestDatabase } from '../../setup/on-each-database';
import { Ledger } from '../ledger/ledger';
import { lanesAtOnce } from '../settings';
import { CuttingProxy } from '../wire/cutting-proxy';

/** A pool whose connections pass a proxy; one unit runs in it at a time. */
export interface Lane {
  readonly proxy: CuttingProxy;
  readonly source: DataSource;
}

export interface Lanes {
  readonly database: TestDatabase;
  readonly ledger: Ledger;
  readonly all: readonly Lane[];
  close(): Promise<void>;
}

export async function openLanes(database: TestDatabase): Promise<Lanes> {
  const all = await Promise.all(Array.from({ length: lanesAtOnce }, () => openLane(database)));
  const close = async () => {
    await Promise.all(all.map(({ source }) => source.destroy()));
    for (const { proxy } of all) proxy.close();
  };
  return { database, ledger: new Ledger(database), all, close };
}

async function openLane({ options, engine }: TestDatabase): Promise<Lane> {
  const { url } = options as { readonly url: string };
  const proxy = await CuttingProxy.open(url);
  const extra = engine === 'postgres' ? { max: 2 } : { connectionLimit: 2 };
  const own = { ...options, url: proxy.url, poolSize: 2, extra } as DataSourceOptions;
  const source = await new DataSource(own).initialize();
  // Far more is cut here than a budget lets through.
  configureUnitOfWork(source, { budget: unlimitedBudget });
  return { proxy, source };
}

/** Shares work out among lanes. */
export async function inLanes<T>(
  { all }: Lanes,
  items: readonly T[],
  work: (lane: Lane, item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  await Promise.all(
    all.map(async (lane) => {
      for (const item of rest) await work(lane, item);
    }),
  );
}
