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

const projects = {
  1: { ...shared, displayName: 'typeorm-1' },
  0.3: {
    ...shared,
    displayName: 'typeorm-0.3',
    moduleNameMapper: { '^typeorm$': 'typeorm-03', '^typeorm/(.*)$': 'typeorm-03/$1' },
    testPathIgnorePatterns: [`<rootDir>/tests/(${versionless.join('|')})/`],
  },
};

function chosenProjects(version) {
  if (!version) return Object.values(projects);
  if (!(version in projects)) throw new Error(`TYPEORM may be 1 or 0.3, not ${version}`);
  return [projects[version]];
}

module.exports = {
  projects: chosenProjects(process.env.TYPEORM),
  // The servers need a core as well.
  maxWorkers: 2,
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/tests/setup/closing-line-reporter.cjs'],
};
