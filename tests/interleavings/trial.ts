import { noReplay, type IsolationLevel, type RetryPolicy } from '../../lib/index';
import { judge, type Promises } from './oracle/judge';
import type { Program, State } from './programs/program';
import { placeOf, tables } from './programs/tables';
import { choicesOf, printScript } from './script';
import type { Course } from './stepper/course';
import type { Lane, Lanes } from './stepper/lane';
import { stepThrough, type Choose } from './stepper/step-through';

/** A program at an isolation level of a database. */
export interface Trial {
  readonly lanes: Lanes;
  readonly isolation: IsolationLevel;
  readonly program: Program;
  /** Whether units that were refused run again, until all have committed. */
  readonly areReplayed: boolean;
}

/** What has come of one order. */
export interface Verdict {
  readonly course: Course;
  readonly after: State;
  /** What is wrong; undefined: nothing. */
  readonly objection: string | undefined;
}

// Who loses was overtaken by somebody who is done, so a few replays are always enough.
const patient: RetryPolicy = ({ attempt }) =>
  attempt < 20 ? { retry: true, delayMs: 0 } : { retry: false, reason: 'it never ends' };

let runs = 0;

/** Walks one order on fresh rows, and judges what has come of it. */
export async function walk(trial: Trial, choose: Choose): Promise<Verdict> {
  const { lanes, program, isolation, areReplayed } = trial;
  const { database } = lanes;
  const place = placeOf(runs++);
  const table = tables[program.table];
  await table.insert(database, place, program.before);
  const manner = { isolation, retry: areReplayed ? patient : noReplay };
  const works = program.units.map((unit) => (lane: Lane) => unit.run(lane.source, place, manner));
  const course = await stepThrough(lanes, works, choose);
  const after = await table.read(database, place);
  const evidence = { lives: course.lives, after };
  return { course, after, objection: judge(program, evidence, promisesOf(trial)) };
}

/** Runs each unit alone once, because what is asked only once would make the first order another. */
export async function warmUp(trial: Trial): Promise<void> {
  const { lanes, program, isolation } = trial;
  for (const { source } of lanes.all.slice(0, program.units.length)) {
    const place = placeOf(runs++);
    await tables[program.table].insert(lanes.database, place, program.before);
    for (const unit of program.units) await unit.run(source, place, { isolation, retry: noReplay });
  }
}

function promisesOf({ isolation, areReplayed }: Trial): Promises {
  return {
    hasSnapshots: isolation !== 'READ COMMITTED',
    // A serializable transaction of PostgreSQL is refused for what it has read by the page; one of
    // MySQL and MariaDB locks the gaps between the rows that it reads.
    locksSingleRows: isolation !== 'SERIALIZABLE',
    areReplayed,
  };
}

/** The name of a trial in a list of tests, and of one order in `INTERLEAVING`. */
export const titleOf = ({
  program,
  areReplayed,
}: Pick<Trial, 'program' | 'areReplayed'>): string =>
  areReplayed ? `${program.title}, replayed` : program.title;

/** What went wrong and how, for people. */
export function describeFault(trial: Trial, { course, after, objection }: Verdict): string {
  const { lanes, program, isolation } = trial;
  const name = [lanes.database.name, isolation, titleOf(trial), choicesOf(course)].join('/');
  const titles = program.units.map(({ title }) => title);
  return [
    `${objection ?? 'nothing is wrong'}: INTERLEAVING='${name}' walks this order again`,
    `before: ${JSON.stringify(program.before)}`,
    printScript(titles, course, lanes.wire),
    `after: ${JSON.stringify(after)}`,
  ].join('\n');
}
