import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readFigures } from '../bench/figures/figures';
import { withTable } from '../bench/figures/table';

const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');

describe('the table of the bench', () => {
  it('is the one that the figures make: npm run bench', () => {
    expect(withTable(readme, readFigures())).toBe(readme);
  });

  it('shows every number of rows on both databases', () => {
    const { cells } = readFigures();
    const measured = new Set(
      cells.map(({ engine, operation, rows }) => `${engine} ${operation} ${rows}`),
    );

    expect(measured.size).toBe(2 * 3 * 5);
  });
});
