// What people do to the versions of one registration, in memory: as it was done and in units alike.
import type { Package } from './entities';

/** What an edit has to know of a version. */
export type Version = Pick<Package, 'versionSort' | 'listed' | 'isLatest'>;

/** Answers all versions as they shall be, or undefined if there is nothing to do. */
export type Edit = <T extends Version>(versions: readonly T[], make: Make<T>) => T[] | undefined;

/** Makes a version that was not there. */
export type Make<T extends Version> = (version: Version) => T;

export const pushed =
  (versionSort: number): Edit =>
  (versions, make) => {
    if (versions.some((one) => one.versionSort === versionSort)) return undefined;
    return markLatest([...versions, make({ versionSort, listed: true, isLatest: false })]);
  };

export const deleted =
  (versionSort: number): Edit =>
  (versions) => {
    const left = versions.filter((one) => one.versionSort !== versionSort);
    return left.length === versions.length ? undefined : markLatest(left);
  };

export const relisted = (versionSort: number): Edit => listing(true, [versionSort]);

export const unlisted = (...versionSorts: readonly number[]): Edit => listing(false, versionSorts);

const listing =
  (listed: boolean, versionSorts: readonly number[]): Edit =>
  (versions) => {
    const concerned = versions.filter(
      (one) => versionSorts.includes(one.versionSort) && one.listed !== listed,
    );
    for (const one of concerned) one.listed = listed;
    return concerned.length === 0 ? undefined : markLatest([...versions]);
  };

/** Recomputes the flag from the versions that are in memory; nothing else is known here. */
function markLatest<T extends Version>(versions: T[]): T[] {
  const listed = versions.filter((one) => one.listed).map(({ versionSort }) => versionSort);
  const newest = Math.max(...listed);
  for (const one of versions) one.isLatest = one.listed && one.versionSort === newest;
  return versions;
}
