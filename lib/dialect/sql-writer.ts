import type { Statement } from './statement';

export interface SqlSyntax {
  quote(name: string): string;
  placeholder(position: number): string;
}

/** Collects the text of a statement and the values bound to it, so that the two cannot drift apart. */
export class SqlWriter {
  readonly #syntax: SqlSyntax;
  readonly #parameters: unknown[] = [];

  constructor(syntax: SqlSyntax) {
    this.#syntax = syntax;
  }

  /** Binds a value and returns its placeholder. */
  bind(value: unknown): string {
    this.#parameters.push(value);
    return this.#syntax.placeholder(this.#parameters.length);
  }

  name(name: string): string {
    return this.#syntax.quote(name);
  }

  path(path: readonly string[]): string {
    return path.map((name) => this.#syntax.quote(name)).join('.');
  }

  statement(...lines: readonly (string | undefined)[]): Statement {
    const sql = lines.filter((line) => line !== undefined && line !== '').join('\n');
    return { sql, parameters: this.#parameters };
  }
}
