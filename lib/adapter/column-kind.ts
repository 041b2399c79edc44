import type { ColumnKind } from '../model/entity-model';

const integerTypes =
  /^(?:tinyint|smallint|mediumint|int|integer|bigint|int2|int4|int8|(?:small|big)?serial)$/;
const decimalTypes = /^(?:decimal|numeric|dec|fixed)$/;
const textTypes =
  /^(?:varchar|character varying|char|character|bpchar|nchar|nvarchar|national \w+|citext|(?:tiny|medium|long)?text)$/;

const floatTypes = /^(?:float|float4|float8|double|double precision|real)$/;

export function isNumericType(type: string): boolean {
  return [integerTypes, decimalTypes, floatTypes].some((types) => types.test(type));
}

/** @param type As TypeORM normalizes it. */
export function kindOf(type: string): ColumnKind {
  if (integerTypes.test(type)) return 'integer';
  if (decimalTypes.test(type)) return 'decimal';
  return textTypes.test(type) ? 'text' : 'other';
}
