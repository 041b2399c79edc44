import { titleOf, type Cell } from '../cells';
import type { PeerName } from '../peers/peer';

/** Foretells from fewer rows what a peer needs for more, and leaves out what nobody would wait for. */
export class CostLimit {
  readonly #limitMs: number;
  readonly #perRow = new Map<string, number>();

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Remembers what a unit took. */
  note(peer: PeerName, cell: Cell, ms: number): void {
    this.#perRow.set(keyOf(peer, cell), ms / cell.rows);
  }

  /** Whether a unit will end in time; says so if not. */
  allows(peer: PeerName, cell: Cell, say: (line: string) => void): boolean {
    const expected = (this.#perRow.get(keyOf(peer, cell)) ?? 0) * cell.rows;
    if (expected <= this.#limitMs) return true;
    const seconds = (ms: number) => `${Math.round(ms / 1_000)} s`;
    say(
      `${titleOf(cell)}: ${peer} is left out, it would need about ${seconds(expected)} (limit ${seconds(this.#limitMs)})`,
    );
    return false;
  }
}

const keyOf = (peer: PeerName, { engine, operation, delayMs }: Cell): string =>
  [peer, engine, operation, delayMs].join(' ');
