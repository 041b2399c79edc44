// As it was done: read the siblings, recompute the flag in memory, write what has changed there.
import type { EntityManager } from 'typeorm';
import { Package, PackageRegistration } from './entities';
import type { EditPackages } from './operation';

/** How what changed in memory gets into the rows. */
type Store = (manager: EntityManager, before: Package[], after: Package[]) => Promise<void>;

/** Writes the columns of one row that differ from what was read of it. */
export type WriteRow = (
  manager: EntityManager,
  before: Package,
  changed: Partial<Package>,
) => Promise<unknown>;

/** Writes by its key and nothing else, so that two people write one row without noticing. */
const writeByKey: WriteRow = (manager, before, changed) =>
  manager.update(Package, keyOf(before), changed);

/** Stores row by row, and of each row what differs: what two people do seldom overlaps. */
export const editRowByRow = (write: WriteRow): EditPackages =>
  editAndStore((manager, before, after) => storeRows(manager, before, after, write));

export const editNaively = editRowByRow(writeByKey);

/** Takes the flag from whichever row has it by then: there are never two, but it may be the wrong one. */
export const editClearingFlagFirst = editAndStore(async (manager, before, after) => {
  const [{ registrationId } = {}] = [...before, ...after];
  await manager.update(Package, { registrationId, isLatest: true }, { isLatest: false });
  await storeRows(manager, before, after, writeByKey);
  const latest = after.find(({ isLatest }) => isLatest);
  if (latest) await manager.update(Package, keyOf(latest), { isLatest: true });
});

function editAndStore(store: Store): EditPackages {
  return (dataSource, name, edit, { isolation = 'READ COMMITTED', think } = {}) =>
    dataSource.transaction(isolation, async (manager) => {
      const found = await manager.findOneBy(PackageRegistration, { name });
      const packages = found ? await packagesOf(manager, found) : [];
      const before = packages.map((one) => Object.assign(new Package(), one));
      await think?.();
      const after = edit(packages, (version) => Object.assign(new Package(), version));
      if (!after) return { attempts: 1, hasChanged: false };
      const { id } = found ?? (await manager.save(makeRegistration(name)));
      for (const one of after) one.registrationId = id;
      await store(manager, before, after);
      return { attempts: 1, hasChanged: true };
    });
}

const packagesOf = (manager: EntityManager, { id }: PackageRegistration): Promise<Package[]> =>
  manager.find(Package, { where: { registrationId: id }, order: { versionSort: 'ASC' } });

const makeRegistration = (name: string): PackageRegistration =>
  Object.assign(new PackageRegistration(), { name });

async function storeRows(
  manager: EntityManager,
  before: readonly Package[],
  after: readonly Package[],
  write: WriteRow,
): Promise<void> {
  for (const now of after) {
    const old = before.find(({ versionSort }) => versionSort === now.versionSort);
    const changed = { ...differing('listed', old, now), ...differing('isLatest', old, now) };
    if (!old) await manager.insert(Package, now);
    else if (Object.keys(changed).length > 0) await write(manager, old, changed);
  }
  const kept = new Set(after.map(({ versionSort }) => versionSort));
  for (const gone of before.filter(({ versionSort }) => !kept.has(versionSort))) {
    await manager.delete(Package, keyOf(gone));
  }
}

const differing = (column: 'listed' | 'isLatest', old: Package | undefined, now: Package) =>
  old?.[column] === now[column] ? {} : { [column]: now[column] };

const keyOf = ({ registrationId, versionSort }: Package) => ({ registrationId, versionSort });
