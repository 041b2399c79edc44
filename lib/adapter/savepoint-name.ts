let savepoints = 0;

/** Counted for the whole process: a name must only be none of those that are open. */
export function nextSavepoint(): string {
  return `unit_of_work_${++savepoints}`;
}
