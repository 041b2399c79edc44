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

/** Whole numbers as one text: node-postgres quotes and joins them one by one. */
export function arrayText(values: readonly unknown[]): unknown {
  const isWhole = values.length > 1 && values.every((value) => Number.isSafeInteger(value));
  return isWhole ? `{${values.join(',')}}` : values;
}

function element(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return String(arrayLiteral(value));
  if (value instanceof Date) return quoted(localTime(value));
  if (value instanceof Uint8Array) return quoted(`\\x${Buffer.from(value).toString('hex')}`);
  return quoted(typeof value === 'object' ? JSON.stringify(value) : textOf(value));
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : `${value as number | bigint | boolean}`;
}

/** Local time with its offset, as node-postgres writes it: `timestamp` without time zone drops the offset. */
function localTime(date: Date): string {
  const offset = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1);
  const hours = String(Math.trunc(Math.abs(offset) / 60)).padStart(2, '0');
  const minutes = String(Math.abs(offset) % 60).padStart(2, '0');
  return `${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`;
}
