import { editRowByRow } from '../../../../examples/nuget/naive-edits';
import { Package } from '../../../../examples/nuget/entities';

/** Somebody has overwritten a value since it was read. */
export class StaleValueError extends Error {
  override readonly name = 'StaleValueError';
}

/** Compares the columns that it overwrites with what was read, as EF's concurrency tokens do. */
export const editCheckingValues = editRowByRow(async (manager, before, changed) => {
  const { registrationId, versionSort } = before;
  const overwritten = Object.fromEntries(
    (['listed', 'isLatest'] as const)
      .filter((column) => column in changed)
      .map((column) => [column, before[column]]),
  );
  const where = { registrationId, versionSort, ...overwritten };
  const { affected } = await manager.update(Package, where, changed);
  if (affected !== 1) throw new StaleValueError(`version ${versionSort} was changed meanwhile`);
});
