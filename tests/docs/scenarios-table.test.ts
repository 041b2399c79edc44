import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readFigures } from '../scenarios/figures/figures';
import { withTable } from '../scenarios/figures/table';
import { scenarios } from '../scenarios/scenarios';

const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');
const { figures } = readFigures();
const measured = scenarios.filter(({ name }) => figures.some(({ scenario }) => scenario === name));

describe('the table of the five systems', () => {
  it('is the one that the figures make: npm run scenarios', () => {
    expect(withTable(readme, readFigures(), scenarios)).toBe(readme);
  });

  it('was measured in every cell', () => {
    const rows = readme.split('\n').filter((line) => line.includes(' → '));

    expect(rows).toHaveLength(measured.length);
    expect(rows.filter((row) => row.includes('?'))).toEqual([]);
  });

  it.each(measured)('shows that $name was measured where its old code corrupts', ({ name }) => {
    const naive = figures.filter((one) => one.scenario === name && one.variant === 'naive');

    expect(naive.some(({ violations }) => Object.keys(violations).length > 0)).toBe(true);
  });

  it('shows nothing wrong after units of work, nor with one writer', () => {
    const wrong = figures.filter(
      ({ variant, violations }) => variant !== 'naive' && Object.keys(violations).length > 0,
    );

    expect(wrong).toEqual([]);
  });
});
