// One fault for each thing that a gate must catch; plant-faults.cjs plants them, one at a time.
'use strict';

const exported = 'export const planted = 1;\n';
const passingTest = "it('is planted', () => {\n  expect(1).toBe(1);\n});\n";

exports.passingTest = passingTest;

/** `says` is what the gate must print: red for another reason proves nothing. */
exports.faults = [
  {
    name: 'type error',
    gate: 'types',
    says: 'TS2322',
    files: { 'lib/support/planted.ts': "export const planted: number = 'one';\n" },
  },
  {
    name: 'global of jest in the library',
    gate: 'types',
    says: 'TS2593',
    files: { 'lib/support/planted.ts': "it('is not a test', () => {});\nexport {};\n" },
  },
  {
    name: 'floating promise',
    gate: 'lint',
    says: 'no-floating-promises',
    files: {
      'lib/support/planted.ts':
        'async function save(): Promise<void> {}\nexport function planted(): void {\n  save();\n}\n',
    },
  },
  {
    name: 'promise where nobody awaits it',
    gate: 'lint',
    says: 'no-misused-promises',
    files: {
      'lib/support/planted.ts':
        'export const planted = (list: number[]): void => list.forEach(async (n) => void n);\n',
    },
  },
  {
    name: 'type imported as a value',
    gate: 'lint',
    says: 'consistent-type-imports',
    files: {
      'lib/model/planted.ts':
        "import { Planted } from './planted-type';\nexport const planted: Planted = 1;\n",
      'lib/model/planted-type.ts': 'export type Planted = number;\n',
    },
  },
  {
    name: 'any in the library',
    gate: 'lint',
    says: 'no-explicit-any',
    files: { 'lib/support/planted.ts': 'export const planted = (value: any): unknown => value;\n' },
  },
  {
    name: 'unused variable',
    gate: 'lint',
    says: 'no-unused-vars',
    files: { 'lib/support/planted.ts': 'const one = 1;\nexport {};\n' },
  },
  {
    name: 'library file of 251 lines',
    gate: 'lint',
    says: 'max-lines)',
    files: { 'lib/support/planted.ts': exported + '// one more line\n'.repeat(250) },
  },
  {
    name: 'library function of 41 lines',
    gate: 'lint',
    says: 'max-lines-per-function',
    files: {
      'lib/support/planted.ts': `export function planted(): void {\n${'  void 0;\n'.repeat(39)}}\n`,
    },
  },
  {
    name: 'format',
    gate: 'format:check',
    says: 'planted.ts',
    files: { 'lib/support/planted.ts': 'export const planted = "one"\n' },
  },
  {
    name: 'import of a higher floor',
    gate: 'floors',
    says: 'floor-model',
    files: {
      'lib/model/planted.ts': "export { planted } from '../flush/planted';\n",
      'lib/flush/planted.ts': exported,
    },
  },
  {
    name: 'type import of a higher floor',
    gate: 'floors',
    says: 'floor-errors',
    files: {
      'lib/errors/planted.ts':
        "import type { Planted } from '../tracking/planted';\nexport type Two = [Planted, Planted];\n",
      'lib/tracking/planted.ts': 'export type Planted = 1;\n',
    },
  },
  {
    name: 'sideways import between strangers',
    gate: 'floors',
    says: 'floor-tracking',
    files: {
      'lib/tracking/planted.ts': "export { planted } from '../replay/planted';\n",
      'lib/replay/planted.ts': exported,
    },
  },
  {
    name: 'sideways import against the one that is allowed',
    gate: 'floors',
    says: 'floor-events',
    files: {
      'lib/events/planted.ts': "export { planted } from '../replay/planted';\n",
      'lib/replay/planted.ts': exported,
    },
  },
  {
    name: 'circle of types',
    gate: 'floors',
    says: 'no-circle',
    files: {
      'lib/model/planted.ts':
        "import type { Other } from './planted-other';\nexport type Planted = { other: Other };\n",
      'lib/model/planted-other.ts':
        "import type { Planted } from './planted';\nexport type Other = { planted: Planted };\n",
    },
  },
  {
    name: 'folder without a floor',
    gate: 'floors',
    says: 'no-floor',
    files: {
      'lib/planted/planted.ts': "export { planted } from '../support/planted';\n",
      'lib/support/planted.ts': exported,
    },
  },
  {
    name: 'library imports the roof',
    gate: 'floors',
    says: 'floor-unit-of-work',
    files: { 'lib/unit-of-work/planted.ts': "export * from '../index';\n" },
  },
  {
    name: 'value of typeorm outside the adapter',
    gate: 'floors',
    says: 'typeorm-values-in-adapter-only',
    files: { 'lib/unit-of-work/planted.ts': "export { Repository } from 'typeorm';\n" },
  },
  {
    name: 'type of typeorm below the adapter',
    gate: 'floors',
    says: 'typeorm-types-near-the-roof-only',
    files: { 'lib/flush/planted.ts': "export type { Repository } from 'typeorm';\n" },
  },
  {
    name: 'another package in the library',
    gate: 'floors',
    says: 'no-other-package',
    files: { 'lib/adapter/planted.ts': "export { Client } from 'pg';\n" },
  },
  {
    name: 'builtin that the library needs not',
    gate: 'floors',
    says: 'few-builtins',
    files: { 'lib/support/planted.ts': "export { readFileSync } from 'node:fs';\n" },
  },
  {
    name: 'library imports a test',
    gate: 'floors',
    says: 'library-stands-alone',
    files: {
      'lib/adapter/planted.ts': "export { planted } from '../../tests/fixtures/planted';\n",
      'tests/fixtures/planted.ts': exported,
    },
  },
  {
    name: 'example with a deep import',
    gate: 'floors',
    says: 'through-the-roof',
    files: {
      'examples/planted.ts': "export { planted } from '../lib/support/planted';\n",
      'lib/support/planted.ts': exported,
    },
  },
  {
    name: 'specification with a deep import',
    gate: 'floors',
    says: 'through-the-roof',
    files: {
      'tests/specification/planted.ts': "export { planted } from '../../lib/support/planted';\n",
      'lib/support/planted.ts': exported,
    },
  },
  {
    name: 'unit test above the floor of what it tests',
    gate: 'floors',
    says: 'floor-model',
    files: {
      'tests/unit/model/planted.ts': "export { planted } from '../../../lib/flush/planted';\n",
      'lib/flush/planted.ts': exported,
    },
  },
  {
    name: 'import that leads nowhere',
    gate: 'floors',
    says: 'not-found',
    files: { 'lib/model/planted.ts': "export { planted } from './nowhere';\n" },
  },
  {
    name: 'unused export',
    gate: 'unused',
    says: 'forgotten',
    files: {
      'lib/support/planted.ts': `${exported}export const forgotten = 2;\n`,
      'tests/unit/support/planted.test.ts':
        "import { planted } from '../../../lib/support/planted';\n\nvoid planted;\n",
    },
  },
  {
    name: 'unused file',
    gate: 'unused',
    says: 'planted.ts',
    files: { 'lib/support/planted.ts': exported },
  },
  {
    name: 'unit test that fails',
    gate: 'test',
    says: 'Expected: 2',
    files: { 'tests/unit/planted.test.ts': passingTest.replace('toBe(1)', 'toBe(2)') },
  },
];
