import { judge, type Case } from './judge';

const committed: Case = {
  kind: 'transfer',
  amount: 10,
  answer: 'committed',
  callbacks: 1,
  mayBeUnknown: false,
  runsAfterUnknown: 0,
  balancesWithout: [100, 103],
  stored: { balances: [90, 113], mentions: [1, 1], transfers: 1, entries: 1 },
};
const nothing = { balances: [100, 103], mentions: [0, 0], transfers: 0, entries: 0 } as const;
const rolledBack: Case = { ...committed, answer: 'rolled back', callbacks: 0, stored: nothing };
const unknown: Case = { ...committed, answer: 'unknown', callbacks: 0, mayBeUnknown: true };

const faultsOf = (one: Case) => judge(one).map(({ fault }) => fault);

describe('the judge of a ledger', () => {
  it.each([
    ['a commit that is stored', committed],
    ['a rollback that is not', rolledBack],
    ['an unknown outcome that is stored', unknown],
    ['one that is not', { ...unknown, stored: nothing }],
  ])('accepts %s', (_title, one) => {
    expect(judge(one)).toEqual([]);
  });

  it.each<[string, Partial<Case>]>([
    ['a commit that is missing', { stored: nothing }],
    ['a rollback that is stored', { answer: 'rolled back', callbacks: 0 }],
    ['an error without a class', { answer: undefined, callbacks: 0 }],
    ['an unknown outcome that could be known', { ...unknown, mayBeUnknown: false }],
    ['a run after an unknown outcome', { ...unknown, runsAfterUnknown: 1 }],
    ['a callback that did not run', { callbacks: 0 }],
    ['a callback that ran though nobody knows', { ...unknown, callbacks: 1 }],
  ])('calls wrong: %s', (_title, change) => {
    expect(faultsOf({ ...committed, ...change })).toEqual(['wrong outcome']);
  });

  it('finds a unit that was applied twice', () => {
    const stored = { balances: [80, 123], mentions: [2, 2], transfers: 1, entries: 2 } as const;

    expect(faultsOf({ ...committed, stored })).toContain('double apply');
  });

  it('finds a deposit of the rival that was overwritten', () => {
    const stored = { ...committed.stored, balances: [90, 110] } as const;

    expect(faultsOf({ ...committed, stored })).toEqual(['lost update']);
  });

  it.each([
    [{ mentions: [1, 0], balances: [90, 103] } as const],
    [{ transfers: 0 }],
    [{ entries: 0 }],
  ])('finds a unit of which only a part is stored: %j', (part) => {
    expect(faultsOf({ ...committed, stored: { ...committed.stored, ...part } })).toEqual([
      'lost update',
    ]);
  });
});
