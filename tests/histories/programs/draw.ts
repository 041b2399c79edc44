import type { Guard, Program, Stage, Step, Target } from './program';

/** What a history is drawn from. */
export interface Draw {
  /** Numbers from 0 to 1, exclusively. */
  readonly random: () => number;
  readonly units: number;
  /** The share of the rows that are only read which a unit keeps from changing: 0 to 1. */
  readonly guarded: number;
}

const mostRows = 4;

/** Draws the units of a history: 1 to 4 rows each, of a few that all of them want. */
export function drawPrograms({ random, units, guarded }: Draw): Program[] {
  const targets = [
    ...drawTargets('page', 3 + Math.floor(random() * 2)),
    ...drawTargets('note', 2 + Math.floor(random() * 2)),
  ];
  return Array.from({ length: units }, (_, index) => {
    const count = 1 + Math.floor(random() * Math.min(mostRows, targets.length));
    const rows = shuffle(targets, random).slice(0, count);
    const steps = rows.map((target) => drawStep(target, random, guarded));
    return { id: index + 1, stages: drawStages(steps, random), fails: random() < 0.07 };
  });
}

const drawTargets = (table: Target['table'], count: number): Target[] =>
  Array.from({ length: count }, (_, index) => ({ table, number: index + 1 }));

function drawStep(target: Target, random: () => number, guarded: number): Step {
  const chance = random();
  if (target.table === 'note' && chance < 0.25) return { verb: 'clear', target };
  if (chance < 0.6) return { verb: 'change', target, guard: random() < 0.1 ? 'reread' : undefined };
  const isGuarded = random() < guarded;
  return { verb: 'read', target, guard: isGuarded ? drawGuard(random()) : undefined };
}

const drawGuard = (chance: number): Guard =>
  chance < 0.8 ? 'assert' : chance < 0.9 ? 'lock' : 'reread';

/** Lets some steps begin together, and some units write in between and change a row once more. */
function drawStages(steps: readonly Step[], random: () => number): Stage[] {
  const stages: Step[][] = [];
  for (const step of steps) {
    const last = stages.at(-1);
    if (last && random() < 0.3) last.push(step);
    else stages.push([step]);
  }
  if (random() >= 0.12) return stages;
  const cut = 1 + Math.floor(random() * stages.length);
  const again = stages
    .slice(0, cut)
    .flat()
    .filter(({ verb }) => verb === 'change');
  const more = again.length > 0 ? [again.slice(0, 1)] : [];
  return [...stages.slice(0, cut), 'flush', ...stages.slice(cut), ...more];
}

/** @see https://en.wikipedia.org/wiki/Fisher%E2%80%93Yates_shuffle */
function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
}
