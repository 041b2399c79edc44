import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { comparedPolicies } from '../bench/contention/cells';
import { readFigures } from '../bench/contention/figures/figures';
import { withTable } from '../bench/contention/figures/table';

const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');

describe('the table of the contention bench', () => {
  it('is the one that the figures make: npm run bench:contention -- --readme', () => {
    expect(withTable(readme, readFigures())).toBe(readme);
  });

  it('shows every policy on both databases', () => {
    const { cells } = readFigures();
    const measured = cells.flatMap(({ engine, policies }) =>
      policies.map(({ policy }) => `${engine} ${policy}`),
    );

    expect(new Set(measured).size).toBe(2 * comparedPolicies.length);
  });
});
