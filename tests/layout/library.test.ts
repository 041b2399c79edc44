import { repositoryFiles, textOf } from './repository-files';

const library = repositoryFiles().filter((file) => /^lib\/.*\.ts$/.test(file));

describe('the library', () => {
  it('has a roof', () => {
    expect(library).toContain('lib/index.ts');
  });

  it('has no file of more than 250 lines', () => {
    const long = library.filter((file) => textOf(file).trimEnd().split('\n').length > 250);

    expect(long).toEqual([]);
  });

  it('has no junk drawer', () => {
    const drawers = library.filter((file) => /\b(utils?|helpers?|common|misc)\b/i.test(file));

    expect(drawers).toEqual([]);
  });

  it('has no inner index file, because circles start there', () => {
    const inner = library.filter((file) => /\/.+\/index\.ts$/.test(file));

    expect(inner).toEqual([]);
  });

  it('names its files and folders in kebab-case', () => {
    const named = library.filter((file) => !/^lib(\/[a-z0-9]+(-[a-z0-9]+)*)+\.ts$/.test(file));

    expect(named).toEqual([]);
  });

  it('makes its contexts once for the process: each that was used makes every promise slower', () => {
    const made = library.flatMap((file) =>
      textOf(file)
        .split('\n')
        .filter((line) => line.includes('new AsyncLocalStorage')),
    );

    expect(made.length).toBeGreaterThan(0);
    expect(made.filter((line) => !line.startsWith('const '))).toEqual([]);
  });

  it('lists its public names one by one', () => {
    expect(textOf('lib/index.ts')).not.toMatch(/export\s+(type\s+)?\*/);
  });
});
