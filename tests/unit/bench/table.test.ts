import { describeBar, barsOf } from '../../bench/figures/bars';
import { mergeFigures, noFigures, type Figures } from '../../bench/figures/figures';
import { withTable } from '../../bench/figures/table';

const spread = (median: number) => ({ median, lower: median, upper: median });

const figures = (ratio: number): Figures => ({
  ...noFigures,
  network: [{ engine: 'postgres', directMs: 0.1, proxiedMs: 0.2, delayedMs: 2.9 }],
  cells: [
    {
      engine: 'postgres',
      operation: 'update',
      rows: 1,
      delayMs: 0,
      form: 'plain',
      sql: 'UPDATE',
      forms: { plain: 0.5 },
      peers: [
        { peer: 'hand-written', ms: spread(0.5), ratio: spread(1), roundTrips: 4, rounds: 9 },
        { peer: 'unit-of-work', ms: spread(1), ratio: spread(ratio), roundTrips: 2, rounds: 9 },
      ],
    },
  ],
});

describe('the figures of the bench', () => {
  it('replace those of the same cell', () => {
    const merged = mergeFigures(figures(2), figures(1.3));

    expect(merged.cells).toEqual(figures(1.3).cells);
  });

  it('make a table between the marks of the README', () => {
    const readme = withTable('before <!-- bench --> old <!-- /bench --> after', figures(1.3));

    expect(readme).toMatch(/^before <!-- bench -->\n/);
    expect(readme).toContain('| PostgreSQL | update    |    1 | 0.50 ms / ? |   1.30 × / ? |');
    expect(readme).toMatch(/<!-- \/bench --> after$/);
  });

  it('say of each bar whether it holds', () => {
    const verdictOf = (ratio: number) =>
      barsOf(figures(ratio))
        .filter(({ value }) => value !== undefined)
        .map(describeBar);

    expect(verdictOf(1.3)).toEqual([
      expect.stringMatching(/^holds .*1\.30 × \(at most 1\.40 ×\)$/),
    ]);
    expect(verdictOf(1.5)).toEqual([expect.stringMatching(/^MISSED /)]);
  });
});
