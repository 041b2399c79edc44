import { repositoryFiles, textOf } from './repository-files';

const files = repositoryFiles();

/** What the design allows at the top level; a new name here deserves a discussion. */
const topLevel = `
  lib examples tests .ci
  package.json package-lock.json tsconfig.json jest.config.cjs ormconfig.ts
  README.md CHANGELOG.md LICENSE
  .gitignore .npmrc .prettierrc.json .prettierignore .oxlintrc.json .dependency-cruiser.cjs knip.json
`.match(/\S+/g);

/** Lines of tracked text files that match, as `file:line`; a file with a NUL byte is no text. */
const linesWith = (pattern: RegExp): string[] =>
  files
    .map((file) => ({ file, text: textOf(file) }))
    .filter(({ text }) => !text.includes('\0'))
    .flatMap(({ file, text }) =>
      text
        .split('\n')
        .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])),
    );

describe('the repository', () => {
  it('has nothing at the top level but what the design lists', () => {
    const top = new Set(files.map((file) => file.replace(/\/.*/, '')));
    expect([...top].filter((name) => !topLevel?.includes(name))).toEqual([]);
  });

  it('mentions no package registry, so that it installs from any', () => {
    expect(linesWith(/https?:\/\/[\w.-]*(registry|verdaccio|artifactory)[\w.-]*[:/]/)).toEqual([]);
    expect(textOf('package-lock.json')).not.toContain('"resolved": "http');
  });

  it('mentions no folder of the machine that it was written on', () => {
    expect(linesWith(/(?<![\w.~*-])\/(home|root|Users|work)\/\w/)).toEqual([]);
  });

  it('has a changelog with a place for what is not released', () => {
    const [first] = textOf('CHANGELOG.md').match(/^## .*$/m) ?? [];

    expect(first).toBe('## Unreleased');
  });
});
