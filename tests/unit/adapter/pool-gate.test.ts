import * as fc from 'fast-check';
import { DataSource, type DataSourceOptions } from 'typeorm';

import { gateOf, PoolGate, type Pass } from '../../../lib/adapter/pool-gate';

/** The signal of somebody who is never aborted. */
const never = () => new AbortController().signal;

/** Everything that can go on without time passing has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function setUp(width: number) {
  const gate = new PoolGate({ width, patienceMs: 0 });
  const inside: string[] = [];
  const passes = new Map<string, Pass>();
  const enter = async (name: string, hasBegun: boolean, signal = never()) => {
    const pass = gate.tryEnter() ?? (await gate.wait(hasBegun, signal));
    inside.push(name);
    passes.set(name, pass);
  };
  const leave = async (name: string) => {
    passes.get(name)?.leave();
    await settled();
  };
  return { gate, inside, enter, leave };
}

it('lets nobody wait while there is room', async () => {
  const { gate, inside, enter } = setUp(2);

  await enter('a', false);
  await enter('b', false);

  expect(inside).toEqual(['a', 'b']);
  expect(gate.isFull).toBe(true);
});

it('lets those who have begun go before those who have not, and otherwise whoever came first', async () => {
  const { inside, enter, leave } = setUp(1);
  await enter('holder', false);

  const waiting = [
    enter('new 1', false),
    enter('new 2', false),
    enter('begun 1', true),
    enter('begun 2', true),
  ];
  for (const name of ['holder', 'begun 1', 'begun 2', 'new 1']) await leave(name);
  await Promise.all(waiting);

  expect(inside).toEqual(['holder', 'begun 1', 'begun 2', 'new 1', 'new 2']);
});

it('lets one in eight go who has not begun, however many have', async () => {
  const { inside, enter, leave } = setUp(1);
  await enter('0', true);

  const begun = Array.from({ length: 20 }, (_, i) => enter(String(i + 1), true));
  const others = [enter('x', false), enter('y', false)];
  for (let i = 0; i < 22; i++) await leave(inside[i] ?? '');
  await Promise.all([...begun, ...others]);

  expect(inside.indexOf('x')).toBe(8);
  expect(inside.indexOf('y')).toBe(16);
});

it('does not count those ahead for whom nobody had to wait', async () => {
  const { inside, enter, leave } = setUp(1);
  for (let i = 0; i < 10; i++) {
    await enter(`quiet ${i}`, true);
    await leave(`quiet ${i}`);
  }
  await enter('holder', false);
  const waiting = [enter('new', false), enter('begun', true)];

  await leave('holder');
  expect(inside.at(-1)).toBe('begun');

  await leave('begun');
  await Promise.all(waiting);
});

it('counts whoever leaves twice once', async () => {
  const { gate, inside, enter, leave } = setUp(1);
  await enter('a', false);
  void enter('b', false);
  void enter('c', false);

  await leave('a');
  await leave('a');

  expect(inside).toEqual(['a', 'b']);
  expect(gate.isFull).toBe(true);
});

it('tells the reason to whoever is aborted, and lets the next one in instead', async () => {
  const { inside, enter, leave } = setUp(1);
  const controller = new AbortController();
  await enter('holder', false);
  const aborted = enter('aborted', true, controller.signal);
  const next = enter('next', false);

  controller.abort(new Error('too late'));

  await expect(aborted).rejects.toThrow('too late');
  await leave('holder');
  await next;
  expect(inside).toEqual(['holder', 'next']);
});

it('loses no place to somebody who is aborted as he is let in', async () => {
  const { inside, enter, leave } = setUp(1);
  const controller = new AbortController();
  await enter('holder', false);
  const aborted = enter('aborted', true, controller.signal);
  const next = enter('next', false);

  controller.abort(new Error('too late'));
  // Before the abort was heard of.
  const left = leave('holder');

  await expect(aborted).rejects.toThrow('too late');
  await left;
  await next;
  expect(inside).toEqual(['holder', 'next']);
});

it('says what the pool would say to whoever waits longer than that lets anybody', async () => {
  const gate = new PoolGate({ width: 1, patienceMs: 20 });
  const pass = gate.tryEnter();

  await expect(gate.wait(false, never())).rejects.toThrow(
    'timeout exceeded when trying to connect',
  );

  pass?.leave();
  expect(gate.isFull).toBe(false);
});

it('lets nobody begin while as many wait to go in first as can be inside', async () => {
  const { gate, enter, leave } = setUp(2);
  for (const name of ['a', 'b', 'c']) void enter(name, false);
  expect(gate.standBack(never())).toBeUndefined();
  void enter('d', false);
  const begun: string[] = [];
  const begin = async (name: string) => {
    await gate.standBack(never());
    begun.push(name);
  };

  const beginning = ['e', 'f', 'g'].map(begin);
  await settled();
  expect(begun).toEqual([]);

  await leave('a');
  await settled();
  // None of them comes: others may be what they do first.
  await Promise.all(beginning);
  expect(begun).toEqual(['e', 'f', 'g']);
});

it('lets those begin who come after somebody who was aborted', async () => {
  const { gate, enter, leave } = setUp(1);
  const controller = new AbortController();
  void enter('a', false);
  void enter('b', false);
  const aborted = gate.standBack(controller.signal);
  const next = gate.standBack(never());

  controller.abort(new Error('too late'));
  await expect(aborted).rejects.toThrow('too late');
  await leave('a');

  await next;
  expect(gate.standBack(never())).toBeUndefined();
});

it('lets everybody in who is not aborted, and never more at once than it is wide', async () => {
  const anybody = fc.record({ hasBegun: fc.boolean(), aborts: fc.boolean() });

  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(anybody, { maxLength: 30 }),
      async (width, crowd) => {
        const gate = new PoolGate({ width, patienceMs: 0 });
        let inside = 0;
        let came = 0;
        const visit = async (hasBegun: boolean, signal: AbortSignal) => {
          if (!hasBegun) await gate.standBack(signal);
          const pass = gate.tryEnter() ?? (await gate.wait(hasBegun, signal));
          inside++;
          came++;
          expect(inside).toBeLessThanOrEqual(width);
          await settled();
          inside--;
          pass.leave();
        };
        const visits = crowd.map(({ hasBegun, aborts }) => {
          const controller = new AbortController();
          const visited = visit(hasBegun, controller.signal).catch((error: unknown) => error);
          if (aborts) setImmediate(() => controller.abort(new Error('too late')));
          return visited;
        });
        const refused = (await Promise.all(visits)).filter((error) => error !== undefined);
        expect(came + refused.length).toBe(crowd.length);
        for (const error of refused) expect(error).toEqual(new Error('too late'));
        // Everything is as it was before.
        expect(Array.from({ length: width + 1 }, () => gate.tryEnter()).at(-1)).toBeUndefined();
        expect(gate.isFull).toBe(true);
      },
    ),
  );
});

describe('the gate of a data source', () => {
  /** How many may go in at once; 100: at least. */
  const widthOf = (options: object): number => {
    const gate = gateOf(new DataSource(options as DataSourceOptions));
    let width = 0;
    while (width < 100 && gate.tryEnter()) width++;
    return width;
  };

  const pg = { type: 'postgres' };
  const my = { type: 'mariadb' };

  it.each<[string, object, number]>([
    ['pg, if nothing is said', pg, 10],
    ['mysql2, if nothing is said', my, 10],
    ['pg', { ...pg, poolSize: 3 }, 3],
    ['mysql2', { ...my, poolSize: 3 }, 3],
    ['pg, by its own option', { ...pg, poolSize: 3, extra: { max: 4 } }, 4],
    ['pg, by its own other option', { ...pg, extra: { poolSize: 5 } }, 5],
    ['mysql2, by its own option', { ...my, poolSize: 3, extra: { connectionLimit: 4 } }, 4],
    ['mysql2 without a limit', { ...my, extra: { connectionLimit: 0 } }, 100],
    ['mysql2 that lets nobody wait', { ...my, extra: { waitForConnections: false } }, 100],
    [
      'mysql2 that lets nobody wait, said otherwise',
      { ...my, extra: { waitForConnections: 0 } },
      100,
    ],
    ['mysql2 that lets few wait', { ...my, extra: { queueLimit: 5 } }, 100],
    [
      'mysql2, of the server that is written to',
      { ...my, poolSize: 3, replication: { master: { poolSize: 6 }, slaves: [] } },
      6,
    ],
  ])('is as wide as the pool of %s', (_, options, width) => {
    expect(widthOf(options)).toBe(width);
  });

  it('is the same for all units', () => {
    const source = new DataSource(pg as DataSourceOptions);

    expect(gateOf(source)).toBe(gateOf(source));
  });

  it.each([
    { ...pg, poolSize: 1, connectTimeoutMS: 20 },
    { ...pg, poolSize: 1, extra: { connectionTimeoutMillis: 20 } },
  ])('lets nobody wait longer than the pool: %j', async (options) => {
    const gate = gateOf(new DataSource(options as DataSourceOptions));
    gate.tryEnter();

    await expect(gate.wait(false, never())).rejects.toThrow('timeout exceeded');
  });
});
