// Node's own classes and decorators as TypeORM expects them; tsc checks the types.
const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      jsc: {
        target: 'es2022',
        keepClassNames: true,
        parser: { syntax: 'typescript', decorators: true },
        transform: {
          legacyDecorator: true,
          decoratorMetadata: true,
          useDefineForClassFields: false,
        },
      },
      module: { type: 'commonjs' },
      sourceMaps: 'inline',
    },
  ],
};

// What TypeORM's version cannot change is tested once.
const versionless = [
  'layout',
  'docs',
  'types',
  'unit',
  'sql',
  'interleavings',
  'histories',
  'faults',
  'bench',
  // One run is enough but before a release.
  ...(process.env.CLUSTER ? [] : ['cluster']),
];

const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  transform,
  setupFiles: ['reflect-metadata'],
  globalSetup: '<rootDir>/tests/setup/servers/global-setup.ts',
  globalTeardown: '<rootDir>/tests/setup/servers/global-teardown.ts',
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.cache/'],
};

/** The same tests with another TypeORM. */
function older(displayName, packageName) {
  return {
    ...shared,
    displayName,
    moduleNameMapper: { '^typeorm$': packageName, '^typeorm/(.*)$': `${packageName}/$1` },
    testPathIgnorePatterns: versionless.map((folder) => `<rootDir>/tests/${folder}/`),
  };
}

const projects = {
  1: { ...shared, displayName: 'typeorm-1' },
  0.3: older('typeorm-0.3', 'typeorm-03'),
  '0.3.20': older('typeorm-0.3.20', 'typeorm-0320'),
};

function chosenProjects(version) {
  if (!version) return Object.values(projects);
  if (!(version in projects))
    throw new Error(`TYPEORM may be ${Object.keys(projects).join(', ')}, not ${version}`);
  return [projects[version]];
}

module.exports = {
  projects: chosenProjects(process.env.TYPEORM),
  testSequencer: '<rootDir>/tests/setup/longest-first-sequencer.cjs',
  // The servers need a core as well.
  maxWorkers: 2,
  // Each suite loads the library anew, and Node.js 20 asks every AsyncLocalStorage that was ever used at every
  // promise: a worker that keeps them all becomes several times slower.
  workerIdleMemoryLimit: '250MB',
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/tests/setup/closing-line-reporter.cjs'],
};
