import type { ColumnKind } from './entity-model';

/** What is added to a column by the database itself, and between which values it must stay. */
export interface Increment {
  readonly by: Amount;
  readonly min?: Amount | undefined;
  readonly max?: Amount | undefined;
}

/** A number; exact ones that JavaScript's are too small or too coarse for are text. */
export type Amount = number | bigint | string;

const decimal = /^-?\d+(?:\.\d+)?$/;

/** Which bound a value has left, if it has left one. */
export function brokenBound(value: unknown, { min, max }: Increment): 'min' | 'max' | undefined {
  if (min !== undefined && compareAmounts(value as Amount, min) < 0) return 'min';
  return max !== undefined && compareAmounts(value as Amount, max) > 0 ? 'max' : undefined;
}

/** Whether a value is an amount of a column of this kind; the column may still round it to its scale. */
export function isAmount(kind: ColumnKind, value: unknown): boolean {
  if (kind === 'other') return Number.isFinite(value);
  if (typeof value === 'bigint') return true;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return true;
  const isPlain = typeof value === 'string' || typeof value === 'number';
  if (!isPlain || !decimal.test(String(value))) return false;
  return kind === 'decimal' || !String(value).includes('.');
}

/** Both together; of two bounds the narrower one holds. */
export function sumOf(kind: ColumnKind, one: Increment, other: Increment): Increment {
  return {
    by: kind === 'other' ? Number(one.by) + Number(other.by) : addExactly(one.by, other.by),
    min: narrower(one.min, other.min, -1),
    max: narrower(one.max, other.max, 1),
  };
}

function narrower(one: Amount | undefined, other: Amount | undefined, worse: -1 | 1) {
  if (one === undefined || other === undefined) return one ?? other;
  return compareAmounts(one, other) === worse ? other : one;
}

function addExactly(one: Amount, other: Amount): string {
  const digits = Math.max(fraction(one).length, fraction(other).length);
  const total = scaled(one, digits) + scaled(other, digits);
  if (digits === 0) return String(total);
  const text = String(total < 0n ? -total : total).padStart(digits + 1, '0');
  return `${total < 0n ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** -1, 0 or 1; exact, whatever the number of digits. */
function compareAmounts(one: Amount, other: Amount): number {
  if (!decimal.test(String(one)) || !decimal.test(String(other))) {
    return Math.sign(Number(one) - Number(other));
  }
  const digits = Math.max(fraction(one).length, fraction(other).length);
  const difference = scaled(one, digits) - scaled(other, digits);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

function fraction(amount: Amount): string {
  return String(amount).split('.')[1] ?? '';
}

function scaled(amount: Amount, digits: number): bigint {
  const [whole = '0'] = String(amount).split('.');
  return BigInt(whole + fraction(amount).padEnd(digits, '0'));
}
