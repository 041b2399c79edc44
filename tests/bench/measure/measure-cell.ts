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
const warmUpMs = 1_000;
/** Their ratios are wanted to the hundredth; the others play as long as they are cheap. */
const everyRound: readonly PeerName[] = ['hand-written', 'hand-written-short', 'unit-of-work'];

/** What one peer has done in a cell so far. */
interface Score {
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
  await arena.proxy.delay(0);
  const scores: Score[] = [];
  for (const [name, peer] of cell.delayMs === 0 ? arena.direct : arena.proxied) {
    if (!takesPart(name, cell) || !options.costs.allows(name, cell, options.say)) continue;
    scores.push(await warmUp(arena, cell, best.form.name, peer));
  }
  await arena.proxy.delay(cell.delayMs);
  await playRounds(arena, cell, best.form.name, scores, options.seconds * 1_000);
  for (const { peer, lastMs } of scores) options.costs.note(peer.name, cell, lastMs);
  return {
    ...cell,
    form: best.form.name,
    sql: sqlOf(best.form),
    forms: Object.fromEntries(candidates.map(({ form, ms }) => [form.name, ms])),
    peers: figuresOf(scores),
  };
}

/** Statements that commit by themselves can do no more than one row, or rows that are all new. */
const takesPart = (name: PeerName, { rows, operation }: Cell): boolean =>
  name !== 'hand-written-short' || rows === 1 || operation === 'insert';

/** Counts the round trips of one unit, and repeats cheap work until it is compiled. */
async function warmUp(arena: Arena, cell: Cell, form: string, peer: Peer): Promise<Score> {
  const score = { peer, times: new Map(), roundTrips: 0, lastMs: 0, spentMs: 0 };
  const counted = arena.proxied.get(peer.name) ?? peer;
  // With a delay every sample is counted, and a slow one need not be taken twice.
  if (cell.delayMs > 0 && cell.rows > 1_000) return score;
  const { roundTrips, ms } = await takeSample(arena, counted, cell, { form, units: 1 });
  score.roundTrips = roundTrips;
  for (let spent = ms; spent < warmUpMs;) {
    const start = performance.now();
    await takeSample(arena, peer, cell, { form });
    spent += performance.now() - start;
  }
  return score;
}

async function playRounds(
  arena: Arena,
  cell: Cell,
  form: string,
  scores: readonly Score[],
  budgetMs: number,
): Promise<void> {
  const start = performance.now();
  for (let round = 0; round < maxRounds; round++) {
    if (round >= minRounds && performance.now() - start > budgetMs) return;
    const turn = round % scores.length;
    for (const score of [...scores.slice(turn), ...scores.slice(0, turn)]) {
      if (isTooSlow(score, budgetMs)) continue;
      const began = performance.now();
      const { ms, roundTrips } = await takeSample(arena, score.peer, cell, { form });
      score.times.set(round, ms);
      score.lastMs = ms;
      score.spentMs += performance.now() - began;
      if (cell.delayMs > 0) score.roundTrips = roundTrips;
    }
  }
}

function isTooSlow({ peer, times, lastMs, spentMs }: Score, budgetMs: number): boolean {
  if (times.size === 0 || everyRound.includes(peer.name)) return false;
  return spentMs + lastMs > budgetMs / 8;
}

function figuresOf(scores: readonly Score[]): PeerFigure[] {
  const timesOf = (name: PeerName) => scores.find(({ peer }) => peer.name === name)?.times;
  const base = timesOf('hand-written') ?? new Map<number, number>();
  const library = timesOf('unit-of-work');
  return scores.map(({ peer, times, roundTrips }) => ({
    peer: peer.name,
    ms: spreadOf([...times.values()]),
    ratio: spreadOf(ratiosOf(times, base)),
    ...(library && { ratioToLibrary: spreadOf(ratiosOf(times, library)) }),
    roundTrips: Math.round(roundTrips * 100) / 100,
    rounds: times.size,
  }));
}
