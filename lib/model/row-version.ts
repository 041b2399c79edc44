/** The value of a version column: 1 for a new row, one more after every write. */
export type RowVersion = number;

export const firstVersion: RowVersion = 1;

/** Whether a value has the shape of a row version. `'7'`, `7.5`, `[7]` and NaN have not. */
export function isRowVersion(value: unknown): value is RowVersion {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
