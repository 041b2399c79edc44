import type { DataSource } from 'typeorm';

import { changeLifecycle } from '../../../examples/porch/change-lifecycle';
import type { Renderer } from '../../../examples/porch/content';
import {
  changeLifecycleWritingAll,
  pushInTransaction,
  renderNaively,
} from '../../../examples/porch/naive-operations';
import type { Done, OperationOptions } from '../../../examples/porch/operation';
import { push } from '../../../examples/porch/push';
import { renderUntilStored } from '../../../examples/porch/render';
import type { Variant } from '../scenario';

interface Operations {
  readonly push: typeof push;
  readonly changeLifecycle: typeof changeLifecycle;
  readonly render: (
    source: DataSource,
    id: number,
    renderer: Renderer,
    options: OperationOptions,
  ) => Promise<Done & { readonly renders?: number }>;
}

/** Somebody else is faster most of the time, as a render takes ten times as long as a push. */
const mostRenders = 50;

const units: Operations = {
  push,
  changeLifecycle,
  render: (source, id, renderer, options) =>
    renderUntilStored(source, id, renderer, { ...options, mostRenders }),
};

/** With the fix that was proposed: at least each push is one transaction. */
const naive: Operations = {
  push: pushInTransaction,
  changeLifecycle: changeLifecycleWritingAll,
  render: renderNaively,
};

export const operations: Readonly<Record<Variant, Operations>> = {
  'unit-of-work': units,
  naive,
  serial: naive,
};
