import { edited } from '../mutants/mutant';
import { mutants } from '../mutants/mutants';
import { repositoryFiles, textOf } from './repository-files';

// A build runs some of them: the others would be found out long after the library has changed.
describe('the mutants', () => {
  it('change what stands in the library', () => {
    const wrong = mutants.flatMap(({ name, edits }) => {
      const texts = new Map<string, string>();
      try {
        for (const edit of edits) {
          texts.set(edit.file, edited(texts.get(edit.file) ?? textOf(edit.file), edit));
        }
        return [];
      } catch (error) {
        return [`${name}: ${String(error)}`];
      }
    });

    expect(mutants.length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });

  it('are noticed by tests that are there', () => {
    const tests = new Set(mutants.map(({ killer }) => killer.test));
    const files = new Set(repositoryFiles());

    expect([...tests].filter((test) => !files.has(test))).toEqual([]);
  });

  it('have names of their own', () => {
    const names = mutants.map(({ name }) => name);

    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});
