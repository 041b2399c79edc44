import { Crew } from '../../../support/crew';
import { Proxy } from '../../proxy/proxy';
import type { BenchEngine } from '../../cells';
import { Stage } from '../../stage/stage';
import type { Job, Report } from '../worker/job';

/** A database with a table, a network before it, and processes that write. */
export interface Ring {
  readonly engine: BenchEngine;
  readonly url: string;
  readonly stage: Stage;
  readonly proxy: Proxy;
  readonly crew: Crew<Job, Report>;
}

export async function withRing<T>(
  engine: BenchEngine,
  url: string,
  work: (ring: Ring) => Promise<T>,
): Promise<T> {
  const stage = new Stage(engine, url);
  const crew = new Crew<Job, Report>(require.resolve('../worker/run'));
  const proxy = await Proxy.open(url);
  try {
    await stage.checkIsolation();
    return await work({ engine, url, stage, proxy, crew });
  } finally {
    await crew.end();
    await proxy.close();
    await stage.close();
  }
}
