import { unitsPerSample, type Cell } from '../cells';
import type { KeyRange, Load, Peer } from '../peers/peer';
import type { Arena } from './arena';

/** What one run of a peer came to, per unit. */
export interface Sample {
  readonly ms: number;
  /** 0 for a peer that is not connected through the proxy. */
  readonly roundTrips: number;
}

export interface SampleOptions {
  readonly form: string;
  readonly load?: Load;
  readonly units?: number;
}

/**
 * Lets a peer work once, and looks afterwards whether it did.
 *
 * @throws {Error} It did not.
 */
export async function takeSample(
  { stage, proxy }: Arena,
  peer: Peer,
  cell: Cell,
  { form, load = 'keys', units = unitsPerSample(cell) }: SampleOptions,
): Promise<Sample> {
  const { operation, rows } = cell;
  const keys = await stage.prepare(operation, rows * units);
  const before = await stage.sums(keys);
  const tripsBefore = await proxy.roundTrips();
  // The garbage of one peer must not be the time of another. A full collection would also throw away
  // code that was compiled for objects of which none is alive, as no service does between two units.
  if (rows * units >= 100) globalThis.gc?.({ type: 'minor' });
  const ms = await peer.run({ operation, load, form, units: cut(keys, rows) });
  const trips = (await proxy.roundTrips()) - tripsBefore;
  try {
    await stage.verify(operation, keys, before);
  } catch (error) {
    throw new Error(`${peer.name} did not do its work`, { cause: error });
  }
  await stage.clear(operation, keys);
  return { ms: ms / units, roundTrips: trips / units };
}

function cut({ first, count }: KeyRange, rows: number): KeyRange[] {
  return Array.from({ length: count / rows }, (_, unit) => ({
    first: first + unit * rows,
    count: rows,
  }));
}
