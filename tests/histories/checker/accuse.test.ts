import type { History } from './history';
import { historyOf, kindsOf, nothing, stateOf, type Script } from './script';

describe('the checkers accuse', () => {
  it('two units of a lost update that changed the same version', () => {
    const history = historyOf(
      { x: '2:b' },
      { reads: { x: '1:' }, writes: { x: '2:a' } },
      { reads: { x: '1:' }, writes: { x: '2:b' } },
    );

    expect(kindsOf(history, 'checked')).toEqual({
      versions: ['lost update'],
      lists: ['lost update'],
    });
  });

  it('a stale save, which counts the version and does not compare it', () => {
    const history = historyOf(
      { x: '3:b' },
      { reads: { x: '1:' }, writes: { x: '2:a' } },
      { reads: { x: '1:' }, writes: { x: '3:b' } },
    );

    expect(kindsOf(history, 'checked')).toEqual({
      versions: ['lost update'],
      lists: ['lost update'],
    });
  });

  it('a removal of what somebody else had changed', () => {
    const history: History = {
      ...historyOf(
        {},
        { reads: { x: '1:' }, writes: { x: '2:a' } },
        { reads: { x: '1:' }, writes: { x: 'gone' } },
      ),
      after: stateOf({ y: '1:' }),
    };

    expect(kindsOf(history, 'checked')).toEqual({
      versions: ['lost update'],
      lists: ['lost update'],
    });
  });

  it('two units that removed the same row', () => {
    const removal = { reads: { note: '1:a' }, writes: { note: 'gone' } };
    const history = historyOf({}, { writes: { note: '1:a' } }, removal, removal);

    expect(kindsOf(history, 'checked')).toEqual({
      versions: ['lost update'],
      lists: ['lost update'],
    });
  });

  it('two units of a write skew, where they should be serializable', () => {
    const scripts: Script[] = [
      { reads: { x: '1:', y: '1:' }, writes: { x: '2:a' } },
      { reads: { x: '1:', y: '1:' }, writes: { y: '2:b' } },
    ];
    const history = historyOf({ x: '2:a', y: '2:b' }, ...scripts);

    expect(kindsOf(history)).toEqual({ versions: ['G2: write skew'], lists: ['G2: write skew'] });
    expect(kindsOf(history, 'snapshot')).toEqual(nothing);
  });

  it('two units of a write skew at any level, if both asserted what they read', () => {
    const scripts: Script[] = [
      { reads: { x: '1:', y: '1:' }, guards: ['y'], writes: { x: '2:a' } },
      { reads: { x: '1:', y: '1:' }, guards: ['x'], writes: { y: '2:b' } },
    ];
    const [first, second] = scripts.map(({ guards: _, ...rest }) => rest) as [Script, Script];
    const history = (...units: Script[]) => historyOf({ x: '2:a', y: '2:b' }, ...units);

    const skew = { versions: ['G2: write skew'], lists: ['G2: write skew'] };
    expect(kindsOf(history(...scripts), 'checked')).toEqual(skew);
    expect(kindsOf(history(scripts[0]!, second), 'checked')).toEqual(nothing);
    expect(kindsOf(history(first, second), 'checked')).toEqual(nothing);
  });

  it('a unit of a read skew that saw half of another, where it has a snapshot', () => {
    const history = historyOf(
      { x: '2:a', y: '2:a' },
      { reads: { x: '1:', y: '1:' }, writes: { x: '2:a', y: '2:a' } },
      { reads: { x: '1:', y: '2:a' } },
    );

    const skew = { versions: ['G-single: read skew'], lists: ['G-single: read skew'] };
    expect(kindsOf(history, 'snapshot')).toEqual(skew);
    expect(kindsOf(history, 'checked')).toEqual(nothing);
  });

  it('a unit that read what was never committed', () => {
    const history = historyOf(
      {},
      { outcome: 'thrown', reads: { x: '1:' }, writes: { x: '2:a' } },
      { reads: { x: '2:a' } },
    );

    const found = kindsOf(history, 'checked');

    expect(found.versions).toEqual(['G1a: aborted read']);
    expect(found.lists).toContain('G1a: aborted read');
  });

  it('a unit that read what another one wrote on the way', () => {
    const history = historyOf(
      { x: '3:a,b' },
      { reads: { x: '1:' }, writes: { x: '3:a,b' } },
      { reads: { x: '2:a' } },
    );

    const found = kindsOf(history, 'checked');

    expect(found.versions).toEqual(['G1b: intermediate read']);
    expect(found.lists).toContain('G1b: intermediate read');
  });

  it('two units that each read what the other wrote', () => {
    const history = historyOf(
      { x: '2:a', y: '2:b' },
      { reads: { x: '1:', y: '2:b' }, writes: { x: '2:a' } },
      { reads: { x: '2:a', y: '1:' }, writes: { y: '2:b' } },
    );

    const circle = {
      versions: ['G1c: information in a circle'],
      lists: ['G1c: information in a circle'],
    };
    expect(kindsOf(history, 'checked')).toEqual(circle);
  });

  it('two units that overwrote each other', () => {
    const history = historyOf(
      { x: '3:a,b', y: '3:b,a' },
      { reads: { x: '1:', y: '2:b' }, writes: { x: '2:a', y: '3:a' } },
      { reads: { x: '2:a', y: '1:' }, writes: { x: '3:b', y: '2:b' } },
    );

    const found = kindsOf(history, 'checked');

    expect(found.versions).toContain('G0: writes in a circle');
    expect(found.lists).toContain('G0: writes in a circle');
  });

  it('a unit that was applied twice', () => {
    const history = historyOf({ x: '3:a,a' }, { reads: { x: '1:' }, writes: { x: '2:a' } });

    const found = kindsOf(history, 'checked');

    expect(found).toEqual({ versions: ['unreported write'], lists: ['double apply'] });
  });

  it('a commit that was reported and is missing', () => {
    const history = historyOf({}, { reads: { x: '1:' }, writes: { x: '2:a' } });

    const found = kindsOf(history, 'checked');

    expect(found).toEqual({ versions: ['missing commit'], lists: ['missing commit'] });
  });

  it('a unit that was refused and has left something', () => {
    const scripts: Script = { outcome: 'refused', reads: { x: '1:' }, writes: { x: '2:a' } };

    const found = kindsOf(historyOf({ x: '2:a' }, scripts), 'checked');

    expect(found).toEqual({ versions: ['unreported write'], lists: ['unreported write'] });
  });

  it('a removed row of being there, and a row of being gone that nobody removed', () => {
    const removed = historyOf({}, { reads: { x: '1:' }, writes: { x: 'gone' } });
    const gone = { ...historyOf({}), after: stateOf({ x: '1:' }) };

    const missing = { versions: ['missing commit'], lists: ['missing commit'] };
    expect(kindsOf(removed, 'checked')).toEqual(missing);
    expect(kindsOf(gone, 'checked').lists).toEqual(['unreported write']);
  });

  it('a reader whose list is no beginning of the last one', () => {
    const history = historyOf(
      { x: '3:b,a' },
      { reads: { x: '2:b' }, writes: { x: '3:a' } },
      { reads: { x: '1:' }, writes: { x: '2:b' } },
      { reads: { x: '2:a' } },
    );

    expect(kindsOf(history, 'checked').lists).toContain('orders that disagree');
  });

  it('a unit of unknown outcome that has left half of what it wrote', () => {
    const script: Script = {
      outcome: 'unknown',
      reads: { x: '1:', y: '1:' },
      writes: { x: '2:a', y: '2:a' },
    };

    expect(kindsOf(historyOf({ x: '2:a', y: '2:a' }, script))).toEqual(nothing);
    expect(kindsOf(historyOf({}, script))).toEqual(nothing);
    const half = { versions: ['missing commit'], lists: ['missing commit'] };
    expect(kindsOf(historyOf({ x: '2:a' }, script))).toEqual(half);
  });
});
