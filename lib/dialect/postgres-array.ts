/**
 * The text form of an array, for columns of an array type.
 *
 * `unnest` would flatten an array of arrays, so such a column travels as text and is cast.
 *
 * @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export function arrayLiteral(value: unknown): unknown {
  return Array.isArray(value) ? `{${value.map(element).join(',')}}` : value;
}

function element(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return String(arrayLiteral(value));
  if (value instanceof Date) return quoted(value.toISOString());
  if (value instanceof Uint8Array) return quoted(`\\x${Buffer.from(value).toString('hex')}`);
  return quoted(typeof value === 'string' ? value : JSON.stringify(value));
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
