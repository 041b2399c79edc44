import { cellsOf, titleOf } from '../../bench/contention/cells';
import { readCommandLine } from '../../bench/contention/command-line';
import { barsOf } from '../../bench/contention/figures/bars';
import { figureOf, withCell } from '../../bench/contention/figures/figures';
import { withTable } from '../../bench/contention/figures/table';
import { jainIndex, spreadBetween } from '../../bench/contention/measure/fairness';
import { summarize, type Sample } from '../../bench/contention/measure/sample';
import type { PolicyName } from '../../bench/contention/policies/policy';
import { StatementCounter } from '../../bench/contention/policies/statement-counter';
import type { Report } from '../../bench/contention/worker/job';
import { pause } from '../../bench/contention/worker/loops';
import { verdictOn } from '../../bench/figures/bars';
import { seededRandom } from '../../scenarios/harness/random';

describe('fairness between writers', () => {
  it('is 1 where all have the same', () => {
    expect(spreadBetween([5, 5, 5])).toBe(1);
    expect(jainIndex([5, 5, 5])).toBe(1);
  });

  it('is far from 1 where one has nearly everything', () => {
    expect(spreadBetween([12, 0, 0, 0])).toBe(12);
    expect(jainIndex([12, 0, 0, 0])).toBe(1 / 4);
  });
});

describe('arrivals in the open loop', () => {
  const random = seededRandom(7);
  const pauses = Array.from({ length: 20_000 }, () => pause(100, random));

  it('come at the rate that was asked for', () => {
    const mean = pauses.reduce((sum, one) => sum + one, 0) / pauses.length;

    expect(mean).toBeCloseTo(10, 0);
  });

  it('know nothing of each other, as those of a Poisson process', () => {
    const shareAbove = (ms: number) => pauses.filter((one) => one > ms).length / pauses.length;

    expect(shareAbove(10)).toBeCloseTo(Math.exp(-1), 1);
    expect(shareAbove(20)).toBeCloseTo(Math.exp(-2), 1);
  });
});

describe('a counter of statements', () => {
  it.each([
    'SELECT id FROM account WHERE id = $1 FOR UPDATE',
    'SELECT id FROM account FOR NO KEY UPDATE OF account',
    'SELECT id FROM account LOCK IN SHARE MODE',
    'SELECT id FROM account FOR KEY SHARE',
  ])('knows that a read locks: %s', (sql) => {
    const counter = new StatementCounter();

    counter.logQuery(sql);
    counter.logQuery('UPDATE account SET balance = 1');

    expect(counter).toMatchObject({ statements: 2, lockingReads: 1 });
  });
});

describe('the cells of the contention bench', () => {
  it('are those of all writers, rows and processes, of crossing units, and of three loads', () => {
    const cells = cellsOf('postgres', readCommandLine([]));

    expect(cells.filter(({ loop, picks }) => loop === 'closed' && picks === 1)).toHaveLength(21);
    expect(cells.filter(({ picks }) => picks === 5)).toHaveLength(2);
    expect(cells.filter(({ loop }) => loop === 'open')).toHaveLength(18);
    expect(new Set(cells.map(titleOf)).size).toBe(cells.length);
  });

  it.each([
    ['--rounds', '0'],
    ['--seconds', 'x'],
    ['--policies', 'luck'],
    ['--loop', 'round'],
  ])('are refused with a word where %s is %s', (option, value) => {
    expect(() => readCommandLine([option, value])).toThrow(option);
  });
});

const report: Report = {
  committed: 5,
  finished: [2, 2],
  latencies: [1, 3],
  attempts: 8,
  mostAttempts: 3,
  refused: { deadlock: 1 },
  sent: { statements: 30, lockingReads: 10 },
  sentAlone: { statements: 4, lockingReads: 1 },
};

describe('what two processes report', () => {
  it('is added up', () => {
    expect(summarize([report, report], 2_000)).toMatchObject({
      goodput: 4,
      attempts: 16 / 12,
      mostAttempts: 3,
      p50: 2,
      longest: 3,
      wasted: 2,
      lockingReads: 2,
      spread: 1,
      refused: { deadlock: 2 },
    });
  });

  it('is as slow as it could be seen to be where nothing was committed', () => {
    const nothing = { ...report, committed: 0, finished: [0, 0], latencies: [] };

    expect(summarize([nothing], 2_000)).toMatchObject({ goodput: 0, p99: 2_000 });
  });
});

describe('the figures of the contention bench', () => {
  const sampleOf = (goodput: number): Sample => ({ ...summarize([report], 1_000), goodput });
  const [cell] = cellsOf('postgres', {
    loops: ['closed'],
    writers: [16],
    rows: [1_000],
    processes: [1],
    delays: [0],
  });
  const figuresOf = (goodput: number) => {
    const samples = new Map<PolicyName, Sample[]>([
      ['for-update', [sampleOf(100)]],
      ['default', [sampleOf(goodput)]],
    ]);
    const run = { rounds: 1, seconds: 1, perSecond: 0 };
    return withCell({ versions: {}, cells: [] }, figureOf(cell!, run, samples), { pg: '8' });
  };
  const verdicts = (goodput: number) => {
    const bars = barsOf(figuresOf(goodput), { engine: 'postgres', delayMs: 0 });
    return bars.map((bar) => `${verdictOn(bar)}: ${bar.title}`);
  };

  it('hold a bar that must be reached only if it is', () => {
    expect(verdicts(200)).toContain('holds: goodput over FOR UPDATE, 16 writers of 1,000 rows');
    expect(verdicts(170)).toContain('MISSED: goodput over FOR UPDATE, 16 writers of 1,000 rows');
    expect(verdicts(90)).toContain('MISSED: goodput over FOR UPDATE');
  });

  it('hold no bar that was not measured, nor one that somebody was refused for', () => {
    expect(verdicts(200)).toContain('not measured: most attempts, 64 writers of one row');
    expect(verdicts(200)).toContain('MISSED: units that were refused');
  });

  it('make a table between the marks of the README', () => {
    const readme = withTable(
      'a <!-- contention -->  stale words <!-- /contention --> z',
      figuresOf(200),
    );

    expect(readme).toMatch(/^a <!-- contention -->\n[^]*\n<!-- \/contention --> z$/);
    expect(readme).toContain('200/s · 3.0 ms · 3 · 1 refused');
    expect(readme).not.toContain('stale words');
  });
});
