import { titleOf } from '../cells';
import type { Spread } from '../measure/statistics';
import type { CellFigure, PeerFigure } from './figures';

/** A cell as lines of text: the hand-written statement, then one line per peer. */
export function describeCell(figure: CellFigure): string {
  const forms = Object.entries(figure.forms).map(([name, ms]) => `${name} ${inMs(ms)}`);
  return [
    `${titleOf(figure)}; by hand: ${forms.join(', ')}`,
    ...figure.sql.split('\n').map((line) => `  | ${line}`),
    ...figure.peers.map((peer) => `  ${describePeer(peer)}`),
  ].join('\n');
}

function describePeer({ peer, ms, ratio, roundTrips, rounds }: PeerFigure): string {
  return [
    peer.padEnd(19),
    inMs(ms.median).padStart(12),
    describeRatio(ratio).padStart(24),
    `${roundTrips} round trips`.padStart(20),
    `${rounds} ${rounds === 1 ? 'round' : 'rounds'}`.padStart(11),
  ].join('');
}

const describeRatio = ({ median, lower, upper }: Spread): string =>
  `${times(median)} × [${times(lower)}–${times(upper)}]`;

const times = (ratio: number): string => ratio.toFixed(ratio < 10 ? 2 : 1);

const inMs = (ms: number): string => `${ms.toFixed(ms < 10 ? 3 : 1)} ms`;
