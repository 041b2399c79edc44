/** A value of a column in a form that can be kept and compared: a primitive. */
export type Fingerprint = string | number | bigint | boolean | null | undefined;

/**
 * Freezes a persistent value (what the driver would be sent) into a primitive.
 *
 * Dates become their milliseconds, bytes their hexadecimal text, arrays and objects their JSON, so
 * that a value changed in place differs from what was kept.
 */
export function fingerprint(value: unknown): Fingerprint {
  if (value === null || value === undefined) return value;
  if (typeof value !== 'object') return value as Fingerprint;
  if (value instanceof Date) return value.getTime();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return JSON.stringify(value, readable);
}

/** JSON knows no bigint, and makes null of NaN and Infinity. */
function readable(_name: string, value: unknown): unknown {
  const isForeign = typeof value === 'bigint' || (typeof value === 'number' && !isFinite(value));
  return isForeign ? String(value) : value;
}

/** Whether two fingerprints are the same value. `7` and `'7'` are: drivers return bigint as text. */
export function sameFingerprint(left: Fingerprint, right: Fingerprint): boolean {
  if (Object.is(left, right)) return true;
  // Drivers answer numbers as text where JavaScript's are too small; 0 and -0 are one number.
  const isNumber = isNumeric(left)
    ? isNumericOrText(right)
    : isNumeric(right) && isNumericOrText(left);
  return isNumber && String(left) === String(right);
}

/** Whether two lists of values are the same; NULL and what is missing are the same as nothing. */
export function sameValues(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.every((value, i) => {
    const other = right[i];
    if (value === null || value === undefined || other === null || other === undefined)
      return false;
    return sameFingerprint(fingerprint(value), fingerprint(other));
  });
}

function isNumericOrText(value: Fingerprint): boolean {
  return isNumeric(value) || typeof value === 'string';
}

function isNumeric(value: Fingerprint): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}
