import { titleOf, type Cell } from '../cells';
import type { CellFigure, PeerFigure } from '../figures/figures';
import { sqlOf } from '../hand-written/choices';
import type { Peer, PeerName } from '../peers/peer';
import type { Arena } from './arena';
import type { Candidate } from './choose-form';
import type { CostLimit } from './cost-limit';
import { takeSample } from './sample';
import { ratiosOf, spreadOf } from './statistics';

const minRounds = 5;
const maxRounds = 60;
const warmUpMs = 300;

/** What one peer has done in a cell so far. */
interface Record_ {
  readonly peer: Peer;
  readonly times: Map<number, number>;
  roundTrips: number;
  lastMs: number;
  spentMs: number;
}

export interface CellOptions {
  /** About how long a cell may take. */
  readonly seconds: number;
  readonly costs: CostLimit;
  readonly say: (line: string) => void;
}

/** Lets all peers do the work of a cell in turn, again and again, in an order that rotates. */
export async function measureCell(
  arena: Arena,
  cell: Cell,
  candidates: readonly Candidate[],
  options: CellOptions,
): Promise<CellFigure> {
  const [best] = candidates;
  if (!best) throw new Error(`${titleOf(cell)} has no form`);
  await arena.proxy.delay(cell.delayMs);
  const records: Record_[] = [];
  for (const [name, peer] of cell.delayMs === 0 ? arena.direct : arena.proxied) {
    if (!takesPart(name, cell) || !options.costs.allows(name, cell, options.say)) continue;
    records.push(await warmUp(arena, cell, best.form.name, peer));
  }
  await playRounds(arena, cell, best.form.name, records, options.seconds * 1_000);
  for (const { peer, lastMs } of records) options.costs.note(peer.name, cell, lastMs);
  return {
    ...cell,
    form: best.form.name,
    sql: sqlOf(best.form),
    forms: Object.fromEntries(candidates.map(({ form, ms }) => [form.name, ms])),
    peers: figuresOf(records),
  };
}

/** Statements that commit by themselves can do no more than one row, or rows that are all new. */
const takesPart = (name: PeerName, { rows, operation }: Cell): boolean =>
  name !== 'hand-written-short' || rows === 1 || operation === 'insert';

/** Counts the round trips of one unit, and repeats cheap work until it is compiled. */
async function warmUp(arena: Arena, cell: Cell, form: string, peer: Peer): Promise<Record_> {
  const record = { peer, times: new Map(), roundTrips: 0, lastMs: 0, spentMs: 0 };
  if (cell.delayMs > 0) return record;
  const proxied = arena.proxied.get(peer.name) ?? peer;
  const { roundTrips, ms } = await takeSample(arena, proxied, cell, { form, units: 1 });
  record.roundTrips = roundTrips;
  for (let spent = ms; spent < warmUpMs;) {
    const start = performance.now();
    await takeSample(arena, peer, cell, { form });
    spent += performance.now() - start;
  }
  return record;
}

async function playRounds(
  arena: Arena,
  cell: Cell,
  form: string,
  records: readonly Record_[],
  budgetMs: number,
): Promise<void> {
  const start = performance.now();
  for (let round = 0; round < maxRounds; round++) {
    if (round >= minRounds && performance.now() - start > budgetMs) return;
    const turn = round % records.length;
    for (const record of [...records.slice(turn), ...records.slice(0, turn)]) {
      if (isTooSlow(record, budgetMs)) continue;
      const began = performance.now();
      const { ms, roundTrips } = await takeSample(arena, record.peer, cell, { form });
      record.times.set(round, ms);
      record.lastMs = ms;
      record.spentMs += performance.now() - began;
      if (cell.delayMs > 0) record.roundTrips = roundTrips;
    }
  }
}

/** Those whose ratio is wanted to the hundredth play every round, others as long as they are cheap. */
function isTooSlow({ peer, times, lastMs, spentMs }: Record_, budgetMs: number): boolean {
  if (times.size === 0 || peer.name === 'hand-written' || peer.name === 'unit-of-work')
    return false;
  return spentMs + lastMs > budgetMs / 4;
}

function figuresOf(records: readonly Record_[]): PeerFigure[] {
  const base = records.find(({ peer }) => peer.name === 'hand-written')?.times ?? new Map();
  return records.map(({ peer, times, roundTrips }) => ({
    peer: peer.name,
    ms: spreadOf([...times.values()]),
    ratio: spreadOf(ratiosOf(times, base)),
    roundTrips,
    rounds: times.size,
  }));
}
