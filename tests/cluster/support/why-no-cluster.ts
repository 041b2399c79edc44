import { execFileSync } from 'node:child_process';

import { chooseVariants } from '../../setup/database/matrix';
import { isReadyForCluster } from '../nodes/programs';

/**
 * Why there can be no cluster; `undefined`: there can be one, and its packages are here.
 *
 * Tests are defined before anything can be awaited, so packages are fetched by another process.
 */
export function whyNoCluster(): string | undefined {
  if (!chooseVariants().some(({ name }) => name === 'mariadb'))
    return 'DATABASES leaves MariaDB out';
  if (isReadyForCluster()) return undefined;
  try {
    const install = require.resolve('../install');
    execFileSync(process.execPath, ['-r', '@swc-node/register', install], { encoding: 'utf8' });
    return undefined;
  } catch (error) {
    // What would help was printed by then.
    const { stderr } = error as { readonly stderr?: unknown };
    return String(stderr ?? error)
      .trim()
      .split('\n')[0];
  }
}
