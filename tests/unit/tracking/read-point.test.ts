import {
  duringLoad,
  latestStatement,
  noteStatement,
  readElsewhere,
  wasReadBefore,
  type Load,
} from '../../../lib/tracking/read-point';

/** A load that sends so many statements, one after the other. */
const load = (statements: number) =>
  duringLoad(async (it: Load) => {
    for (let i = 0; i < statements; i++) {
      noteStatement();
      await Promise.resolve();
    }
    return { whole: it.whole, head: it.head, tail: it.tail };
  });

it('knows rows of one statement to have been read at once', async () => {
  const { whole } = await load(1);

  expect(wasReadBefore(whole, whole)).toBe(true);
});

it('knows an earlier load from a later one', async () => {
  const [first, second] = [await load(1), await load(2)];

  expect(wasReadBefore(first.whole, second.whole)).toBe(true);
  expect(wasReadBefore(second.whole, first.whole)).toBe(false);
});

it('puts the first statement of a load before those that follow', async () => {
  const { head, tail } = await load(3);

  expect(wasReadBefore(head, tail)).toBe(true);
  expect(wasReadBefore(tail, head)).toBe(false);
  expect(wasReadBefore(tail, tail)).toBe(false);
});

it('orders nothing between loads that run at once', async () => {
  const [one, other] = await Promise.all([load(2), load(2)]);

  expect(wasReadBefore(one.whole, other.whole)).toBe(false);
  expect(wasReadBefore(other.whole, one.whole)).toBe(false);
});

it('puts what was read elsewhere before every statement', async () => {
  noteStatement();

  expect(wasReadBefore(readElsewhere, latestStatement())).toBe(true);
  expect(wasReadBefore(readElsewhere, readElsewhere)).toBe(true);
  expect(wasReadBefore(latestStatement(), readElsewhere)).toBe(false);
});
