import { writeFileSync } from 'node:fs';

/** Writes figures formatted as every file of the repository is: no list of exceptions must know them. */
export async function writeJson(file: string, figures: object): Promise<void> {
  const { format } = await import('prettier');
  const text = JSON.stringify(figures, (_key, value: unknown) => shorten(value));
  writeFileSync(file, await format(text, { parser: 'json', printWidth: 100 }));
}

/** Four figures are more than any clock is worth here. */
const shorten = (value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
