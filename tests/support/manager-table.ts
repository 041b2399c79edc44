import { kinds, managerMethods } from './manager-methods';
import { markdownTable } from './markdown-table';

/** The README's table of TypeORM's methods. */
export function managerTable(): string {
  const titles = ['', ...kinds];
  const rows = managerMethods.map(({ name, outcomes }) => [
    name,
    ...kinds.map((kind) => outcomes[kind]),
  ]);
  return markdownTable([titles, ...rows], titles.length);
}
