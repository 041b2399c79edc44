import type { Program, Rows, Unit } from '../programs/program';
import type { Life } from '../stepper/course';
import { judge, type Evidence, type Promises } from './judge';

class Refused extends Error {}

const unit = (title: string, model: Unit['model'], isPlainReader = false): Unit => ({
  title,
  run: () => Promise.reject(new Error('a model is all that is judged by')),
  model,
  isRefusal: (error) => error instanceof Refused,
  isPlainReader,
});

const add = (by: number): Unit => unit(`adds ${by}`, (rows: Rows) => (rows['x']!['amount']! += by));
const double = unit('doubles', (rows) => (rows['x']!['amount']! *= 2));
const read = unit('reads', (rows) => ({ x: rows['x']!['amount'] }), true);

const program = (...units: readonly Unit[]): Program => ({
  title: 'some units',
  table: 'cells',
  before: { x: { amount: 1 } },
  units,
});

const life = (first: number, last: number, result: unknown): Life => ({
  first,
  last,
  outcome: result instanceof Error ? { error: result } : { result },
});

const statements: Promises = { hasSnapshots: false, locksSingleRows: true, areReplayed: false };

const judgeAt = (units: readonly Unit[], amount: number, ...lives: readonly Life[]) =>
  judgeWith(statements, units, { lives, after: { x: { amount } } });

const judgeWith = (promises: Partial<Promises>, units: readonly Unit[], evidence: Evidence) =>
  judge(program(...units), evidence, { ...statements, ...promises });

const noOrder = 'no order of the units that committed explains the rows and what they answered';

describe('the oracle', () => {
  it('accepts either order of two units that overlap', () => {
    expect(judgeAt([add(2), double], 6, life(0, 3, 3), life(1, 2, 6))).toBeUndefined();
    expect(judgeAt([add(2), double], 4, life(0, 3, 4), life(1, 2, 2))).toBeUndefined();
  });

  it('refuses rows that no order explains', () => {
    expect(judgeAt([add(2), add(2)], 3, life(0, 3, 3), life(1, 2, 3))).toBe(noOrder);
  });

  it('refuses an answer that no order explains, even if the rows are right', () => {
    expect(judgeAt([add(2), add(2)], 5, life(0, 3, 3), life(1, 2, 3))).toBe(noOrder);
  });

  it('refuses an order in which a unit comes before one that had ended when it began', () => {
    expect(judgeAt([add(2), double], 6, life(0, 1, 3), life(2, 3, 6))).toBeUndefined();
    expect(judgeAt([add(2), double], 4, life(0, 1, 4), life(2, 3, 2))).toBe(noOrder);
  });

  it('refuses any trace of a unit that was refused', () => {
    const lost = life(1, 2, new Refused());

    expect(judgeAt([add(2), add(4)], 3, life(0, 3, 3), lost)).toBeUndefined();
    expect(judgeAt([add(2), add(4)], 7, life(0, 3, 3), lost)).toBe(noOrder);
  });

  it('refuses an error that says nothing of somebody else', () => {
    const broken = life(1, 2, new TypeError());

    expect(judgeAt([add(2), add(4)], 3, life(0, 3, 3), broken)).toMatch(/^unit B failed/);
  });

  it('demands that a unit which met nobody commits', () => {
    const lost = life(2, 3, new Refused());

    expect(judgeAt([add(2), add(4)], 3, life(0, 1, 3), lost)).toMatch(/^unit B was refused/);
  });

  it('demands that somebody commits', () => {
    const [one, other] = [life(0, 3, new Refused()), life(1, 2, new Refused())];

    expect(judgeAt([add(2), add(4)], 1, one, other)).toBe('every unit was refused');
  });

  it('demands that all commit where all are replayed', () => {
    const lives = [life(0, 3, 3), life(1, 2, new Refused())];
    const evidence = { lives, after: { x: { amount: 3 } } };

    expect(judgeWith({ areReplayed: true }, [add(2), add(4)], evidence)).toMatch(/^unit B was/);
  });

  it('takes a plain reader at its word only where a transaction has a snapshot', () => {
    const pair = unit(
      'reads twice',
      ({ x }) => ({ before: x!['amount'], after: x!['amount'] }),
      true,
    );
    const lives = [life(0, 3, 3), life(1, 2, { before: 1, after: 3 })];
    const evidence = { lives, after: { x: { amount: 3 } } };

    expect(judgeWith({}, [add(2), pair], evidence)).toBeUndefined();
    expect(judgeWith({ hasSnapshots: true }, [add(2), pair], evidence)).toBe(noOrder);
  });

  it('refuses what a plain reader can have read at no time', () => {
    expect(judgeAt([add(2), read], 3, life(0, 3, 3), life(1, 2, { x: 1 }))).toBeUndefined();
    expect(judgeAt([add(2), read], 3, life(0, 3, 3), life(1, 2, { x: 2 }))).toBe(noOrder);
  });
});
