import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { managerTable } from '../support/manager-table';

const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');

describe('the table of the methods of a manager', () => {
  it('is the one that tests/specification/manager-table.test.ts tries cell by cell', () => {
    expect(readme).toContain(`\n\n${managerTable()}\n\n`);
  });
});
