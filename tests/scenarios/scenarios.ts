import { coder } from './coder/scenario';
import { gerrit } from './gerrit/scenario';
import { nuget } from './nuget/scenario';
import { patchwork } from './patchwork/scenario';
import { porch } from './porch/scenario';
import type { Scenario } from './scenario';

/** All scenarios, in the order of the README's table; a process of a workload finds its own here. */
export const scenarios: readonly Scenario[] = [porch, coder, gerrit, nuget, patchwork];
