import type { DataSource } from 'typeorm';
import { abortable } from '../support/abortable';
import { Fifo } from '../support/fifo';

/** A place among those who may have a connection of a pool. Whoever has one must leave it. */
export interface Pass {
  leave(): void;
}

/** What a pool's options say of it. */
interface PoolOptions {
  /** How many connections it has. */
  readonly width: number;
  /**
   * How long it lets somebody wait for one, in milliseconds; 0: for ever. Where others than units use
   * the pool as well, a unit may wait as long again in the pool's own line.
   */
  readonly patienceMs: number;
}

type Admit = (pass: Pass) => void;

// So many of those who have begun go before one who has not: nobody is held up for good by units that
// read on and on.
const mostAhead = 7;

/**
 * Lets units have the connections of a pool in turn: whoever has begun goes before those who have not.
 *
 * A pool serves one line. If more units come than it can serve, each waits in it between its read and
 * its write as long as it waited before its read. By then others have written, and nearly all are lost:
 * a database that could do the work does none. Nobody waits here for more than the pool has
 * connections, nor holds anything meanwhile that is not given back to the pool itself, so units that
 * wait for each other are as safe as they are without it.
 *
 * @see H.-U. Heiss and R. Wagner, Adaptive load control in transaction processing systems, VLDB 1991
 */
export class PoolGate {
  readonly #options: PoolOptions;
  readonly #begun = new Fifo<Admit>();
  readonly #others = new Fifo<Admit>();
  #inside = 0;
  /** How many of those who have begun went in since one did who had not. */
  #ahead = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#inside >= this.#options.width;
  }

  /** Goes in at once, if there is room. */
  tryEnter(): Pass | undefined {
    if (this.isFull) return undefined;
    this.#inside++;
    return this.#pass();
  }

  /**
   * Waits for its turn to go in.
   *
   * @throws The signal's reason, if it is aborted meanwhile; what the pool would say, if that takes
   *   longer than the pool lets anybody wait.
   */
  async wait(hasBegun: boolean, signal: AbortSignal): Promise<Pass> {
    const line = hasBegun ? this.#begun : this.#others;
    const { patienceMs } = this.#options;
    let admit: Admit = () => {};
    let timer: NodeJS.Timeout | undefined;
    const turn = new Promise<Pass>((resolve, reject) => {
      admit = resolve;
      line.add(admit);
      if (patienceMs <= 0) return;
      timer = setTimeout(() => {
        // pg-pool's words.
        if (line.delete(admit)) reject(new Error('timeout exceeded when trying to connect'));
      }, patienceMs).unref();
    });
    try {
      return await abortable(turn, signal);
    } catch (error) {
      // It may have been let in at the same moment.
      if (signal.aborted && !line.delete(admit)) turn.then((pass) => pass.leave()).catch(() => {});
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #pass(): Pass {
    let isInside = true;
    return {
      leave: () => {
        if (!isInside) return;
        isInside = false;
        this.#inside--;
        this.#admitNext();
      },
    };
  }

  #admitNext(): void {
    const isOthersTurn = this.#begun.size === 0 || this.#ahead >= mostAhead;
    const line = isOthersTurn && this.#others.size > 0 ? this.#others : this.#begun;
    this.#ahead = line === this.#others ? 0 : this.#ahead + 1;
    const admit = line.shift();
    if (!admit) return;
    this.#inside++;
    admit(this.#pass());
  }
}

/** Where nobody waits. */
export const openGate = new PoolGate({ width: Infinity, patienceMs: 0 });

const gates = new WeakMap<object, PoolGate>();

/** The gate before the pool of a data source: one that is initialized again has another pool. */
export function gateOf(dataSource: DataSource): PoolGate {
  const { master, pool, poolCluster } = dataSource.driver as PooledDriver;
  const key = master ?? pool ?? poolCluster ?? dataSource;
  let gate = gates.get(key);
  if (!gate) {
    gate = new PoolGate(poolOptionsOf(dataSource.driver));
    gates.set(key, gate);
  }
  return gate;
}

/** Where the drivers of TypeORM keep the pool of the server that is written to. */
interface PooledDriver {
  readonly master?: object;
  readonly pool?: object;
  readonly poolCluster?: object;
}

/**
 * What TypeORM gives its driver's pool. A pool of mysql2 that refuses whoever finds too many waiting does
 * so by itself.
 *
 * @see https://node-postgres.com/apis/pool
 * @see https://sidorares.github.io/node-mysql2/docs/examples/connections/create-pool
 */
function poolOptionsOf(driver: DataSource['driver']): PoolOptions {
  const options: GivenOptions = driver.options;
  const { extra, poolSize, connectTimeoutMS, replication } = options;
  if (options.type === 'postgres') {
    const pool = { max: poolSize, connectionTimeoutMillis: connectTimeoutMS, ...extra };
    const width = Number(pool.max) || Number(extra?.['poolSize']) || 10;
    return { width, patienceMs: pool.connectionTimeoutMillis ?? 0 };
  }
  const size = replication?.master?.poolSize ?? poolSize ?? 10;
  const pool: Readonly<Record<string, unknown>> = { connectionLimit: size, ...extra };
  const isPatient = !pool['queueLimit'] && pool['waitForConnections'] !== false;
  const width = Number(pool['connectionLimit']);
  return { width: isPatient && width > 0 ? width : Infinity, patienceMs: 0 };
}

interface GivenOptions {
  readonly type?: string;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly poolSize?: number;
  readonly connectTimeoutMS?: number;
  readonly replication?: { readonly master?: { readonly poolSize?: number } };
}
