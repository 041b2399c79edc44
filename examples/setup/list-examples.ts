import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Example } from './example';

const folder = join(__dirname, '..');
const others = ['run.ts', 'entities.ts'];

/** The names of the examples: each is a file of examples/. */
export const listExamples = (): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !others.includes(file))
    .map((file) => file.slice(0, -'.ts'.length))
    .toSorted();

export const loadExample = async (name: string): Promise<Example> =>
  (await import(join(folder, name))) as Example;
