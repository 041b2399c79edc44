import type { Cell } from '../cells';
import type { Spread } from '../measure/statistics';
import type { PeerName } from '../peers/peer';

/** What one peer needs in a cell. */
export interface PeerFigure {
  readonly peer: PeerName;
  /** Milliseconds for one unit. */
  readonly ms: Spread;
  /** How many times as long as the hand-written transaction of the same round. */
  readonly ratio: Spread;
  readonly roundTrips: number;
  readonly rounds: number;
}

export interface CellFigure extends Cell {
  /** The hand-written statement: the fastest of several. */
  readonly form: string;
  readonly sql: string;
  /** Median milliseconds of each form that was tried. */
  readonly forms: Readonly<Record<string, number>>;
  readonly peers: readonly PeerFigure[];
}
