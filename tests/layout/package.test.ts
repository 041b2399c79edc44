import { textOf } from './repository-files';

const manifest: Record<string, unknown> = JSON.parse(textOf('package.json'));
const lock: { packages: Record<string, Record<string, unknown>> } = JSON.parse(
  textOf('package-lock.json'),
);

describe('package.json', () => {
  it('has no dependencies: users bring TypeORM and a driver', () => {
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('optionalDependencies');
    expect(manifest).not.toHaveProperty('bundleDependencies');
  });

  it('asks for both majors of TypeORM and for no driver', () => {
    expect(manifest['peerDependencies']).toEqual({
      'reflect-metadata': expect.any(String),
      typeorm: '^0.3.20 || ^1.0.0',
    });
  });

  it('has one door, with types for import and for require', () => {
    expect(manifest['exports']).toEqual({
      '.': {
        import: { types: './dist/index.d.mts', default: './dist/index.mjs' },
        require: { types: './dist/index.d.ts', default: './dist/index.js' },
      },
    });
  });

  it('agrees with package-lock.json, or npm ci would refuse', () => {
    const { name, version, peerDependencies, devDependencies } = manifest;

    expect(lock.packages['']).toMatchObject({ name, version, peerDependencies, devDependencies });
  });

  it('locks the binaries of every platform, or npm ci would refuse', () => {
    const missing = Object.entries(lock.packages).flatMap(([folder, entry]) =>
      Object.keys(entry['optionalDependencies'] ?? {}).filter(
        (name) =>
          !(`${folder}/node_modules/${name}` in lock.packages) &&
          !(`node_modules/${name}` in lock.packages),
      ),
    );

    expect(missing).toEqual([]);
  });
});
