import * as fc from 'fast-check';
import { arrayLiteral } from '../../../lib/dialect/postgres-array';

type Parsed = string | null | Parsed[];

/** Reads the text form of an array as the server does: braces, commas, quotes, backslashes, NULL. */
function parse(text: string): Parsed {
  let at = 0;
  const expectCharacter = (character: string) => {
    if (text[at] !== character) throw new Error(`no ${character} at ${at} of ${text}`);
    at++;
  };
  const quoted = () => {
    let value = '';
    expectCharacter('"');
    for (; text[at] !== '"'; at++) {
      if (text[at] === '\\') at++;
      if (at >= text.length) throw new Error(`no end of a quoted element in ${text}`);
      value += text[at];
    }
    expectCharacter('"');
    return value;
  };
  const unquoted = () => {
    const [word = ''] = /^[^{},"\\\s]+/.exec(text.slice(at)) ?? [];
    at += word.length;
    if (word.toUpperCase() !== 'NULL') throw new Error(`${word} is not quoted in ${text}`);
    return null;
  };
  const list = (): Parsed[] => {
    const members: Parsed[] = [];
    expectCharacter('{');
    while (text[at] !== '}') {
      if (members.length > 0) expectCharacter(',');
      members.push(text[at] === '{' ? list() : text[at] === '"' ? quoted() : unquoted());
    }
    expectCharacter('}');
    return members;
  };
  const parsed = list();
  if (at !== text.length) throw new Error(`more text after the array ${text}`);
  return parsed;
}

const literalOf = (value: unknown) => String(arrayLiteral(value));

it('passes what is no list through', () => {
  expect(arrayLiteral(null)).toBeNull();
  expect(arrayLiteral('{1}')).toBe('{1}');
  expect(arrayLiteral(undefined)).toBeUndefined();
});

it('quotes every element but NULL', () => {
  expect(literalOf([1, -2.5, true, 'x', null, undefined])).toBe(
    '{"1","-2.5","true","x",NULL,NULL}',
  );
  expect(literalOf([])).toBe('{}');
});

it('writes lists in lists, dates, bytes and objects as the server reads them', () => {
  expect(literalOf([[1], [2]])).toBe('{{"1"},{"2"}}');
  // A column without time zone drops the offset: what stands before it must be local time.
  expect(literalOf([new Date('2020-06-01T12:34:56.789')])).toMatch(
    /^\{"2020-06-01T12:34:56\.789[+-]\d\d:\d\d"\}$/,
  );
  expect(literalOf([Buffer.from([0, 255])])).toBe(String.raw`{"\\x00ff"}`);
  expect(literalOf([{ a: 'b"' }])).toBe(String.raw`{"{\"a\":\"b\\\"\"}"}`);
});

it('tells the text NULL from NULL, and an empty text from none', () => {
  expect(parse(literalOf(['NULL', 'null', '', null]))).toEqual(['NULL', 'null', '', null]);
});

it('comes back as it was, whatever the texts hold', () => {
  const hostile = fc.constantFrom('"', '\\', '{', '}', ',', ' ', "'", '\n', '\\"', 'NULL', '$1');
  const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.string({ unit: hostile }));
  const member = fc.oneof(text, fc.constant(null));

  fc.assert(
    fc.property(fc.oneof(fc.array(member), fc.array(fc.array(member))), (list) => {
      expect(parse(literalOf(list))).toEqual(list);
    }),
    { numRuns: 500 },
  );
});
