const refusals: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  ['40001', 'serialization'],
  ['40P01', 'deadlock'],
  ['55P03', 'lock-timeout'],
  [1213, 'deadlock'],
  [1205, 'lock-timeout'],
  [1020, 'snapshot'],
]);

/** What a database refuses because of a rival, in the words of `ConcurrencyError.kind`; else undefined. */
export function refusalOf(error: unknown): string | undefined {
  // TypeORM keeps the error of the driver.
  const { driverError = error } = error as { readonly driverError?: unknown };
  const { code, errno } = driverError as { readonly code?: unknown; readonly errno?: unknown };
  return refusals.get(code) ?? refusals.get(errno);
}
