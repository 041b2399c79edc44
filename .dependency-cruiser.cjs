// The floors of the library, as DESIGN.md section 4 draws them. A file imports from its own folder
// or from a lower floor: never upward, never sideways between strangers, never in a circle. Imports
// of types count: a reader must be able to understand a file after reading only the files below it.
'use strict';

/** Bottom to top. Folders that share a floor are strangers. */
const floors = [
  ['support'],
  ['model'],
  ['errors'],
  ['tracking', 'replay', 'events'],
  ['write-set'],
  ['dialect'],
  ['flush'],
  ['adapter'],
  ['unit-of-work'],
];
/** The only imports between strangers. */
const acquaintances = { replay: ['events'] };
/** Who may name TypeORM's types. Its values, that is code that runs, are for the adapter alone. */
const knowTypeormTypes = '^lib/(adapter/|unit-of-work/|index[.]ts$)';

const anyOf = (names) => `(${names.join('|')})`;

/** The folders that a file of `folder` may import, its own one included. */
const within = (folder) => {
  const floor = floors.findIndex((folders) => folders.includes(folder));
  return [...floors.slice(0, floor).flat(), folder, ...(acquaintances[folder] ?? [])];
};

/** A unit test stands on the floor of what it tests, so it keeps the same rule as the library file. */
const floorRule = (folder) => ({
  name: `floor-${folder}`,
  comment: `lib/${folder} and its unit tests may import ${within(folder).join(', ')}.`,
  severity: 'error',
  from: { path: `^(lib|tests/unit)/${folder}/` },
  to: { path: '^lib/', pathNot: `^lib/${anyOf(within(folder))}/` },
});

module.exports = {
  forbidden: [
    ...floors.flat().map(floorRule),
    {
      name: 'no-floor',
      comment: 'Every file of lib/ stands in a folder that has a floor; index.ts is the roof.',
      severity: 'error',
      from: { path: '^lib/', pathNot: `^lib/(${anyOf(floors.flat())}/|index[.]ts$)` },
      to: {},
    },
    {
      name: 'no-floor',
      comment: 'The same, for a file that imports nothing but is imported.',
      severity: 'error',
      from: {},
      to: { path: '^lib/', pathNot: `^lib/(${anyOf(floors.flat())}/|index[.]ts$)` },
    },
    {
      name: 'no-circle',
      comment: 'No file reaches itself, not even through types.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'not-found',
      comment: 'An import that cannot be resolved would escape every other rule.',
      severity: 'error',
      // These run in a project of their own, where the packed library is installed.
      from: { pathNot: '^tests/package/programs/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'typeorm-values-in-adapter-only',
      comment: 'Only lib/adapter runs code of TypeORM.',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/adapter/' },
      to: { path: 'node_modules/typeorm/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'typeorm-types-near-the-roof-only',
      comment: 'Below the adapter nobody knows TypeORM.',
      severity: 'error',
      from: { path: '^lib/', pathNot: knowTypeormTypes },
      to: { path: 'node_modules/typeorm/' },
    },
    {
      name: 'no-other-package',
      comment: 'The library has no dependency but its two peers.',
      severity: 'error',
      from: { path: '^lib/' },
      to: {
        path: 'node_modules/',
        // @types/node is where type imports of the builtins below are found.
        pathNot: 'node_modules/(typeorm|reflect-metadata|@types/node)/',
      },
    },
    {
      name: 'few-builtins',
      comment: 'Context, time and chance; a library of an ORM needs no files and no network.',
      severity: 'error',
      from: { path: '^lib/' },
      to: {
        dependencyTypes: ['core'],
        pathNot: '^(node:)?(async_hooks|timers|timers/promises|crypto|util)$',
      },
    },
    {
      name: 'library-stands-alone',
      comment: 'lib/ imports nothing of this repository but itself.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { pathNot: ['^lib/', 'node_modules/'], dependencyTypesNot: ['core'] },
    },
    {
      name: 'through-the-roof',
      comment: 'Examples and tests use the library as its users do. Unit tests have their floor.',
      severity: 'error',
      from: {
        path: '^(examples/|tests/|ormconfig[.]ts$)',
        pathNot: `^tests/(sql|unit/${anyOf(floors.flat())})/`,
      },
      to: { path: '^lib/', pathNot: '^lib/index[.]ts$' },
    },
    {
      name: 'sql-tests-know-the-dialect',
      comment: 'tests/sql reads statements: it stands on the floor of the dialect.',
      severity: 'error',
      from: { path: '^tests/sql/' },
      to: { path: '^lib/', pathNot: `^lib/${anyOf(within('dialect'))}/` },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
