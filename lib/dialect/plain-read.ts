// What TypeORM's find methods and plain joins are written with.
const keywords =
  'all and any as asc between by case coalesce count cross desc distinct else end exists false first from ' +
  'full group having ilike in inner is join last left like limit lower max min not null nulls offset on or ' +
  'order outer right select sum then true upper when where';

const known = new Set(keywords.split(' '));
const quotedName = /"[^"]*"|`[^`]*`/g;
const parameter = /\$\d+/g;
const word = /[a-z_]\w*/gi;
// Texts, comments, variables, casts, further statements, and functions by a quoted name.
const suspicious = /["'`\\@;:#$]|--|\/\*|[~?]\s*\(|[^\s!-~]/;

/**
 * Whether a statement does nothing but read, takes no lock and calls no function that might do more.
 *
 * Such a statement needs no transaction. It is told by its words: whatever is not known here counts
 * as a statement that does more, which costs round trips and nothing else.
 */
export function isPlainRead(sql: string): boolean {
  if (sql.includes('\\')) return false;
  const bare = sql.replace(quotedName, '~').replace(parameter, '?');
  if (!/^\s*select\b/i.test(bare) || suspicious.test(bare)) return false;
  return (bare.match(word) ?? []).every((found) => known.has(found.toLowerCase()));
}
