/*
 * A query's text in tokens, as Dolt's own lexer has them (dolthub/vitess, sqlparser/token.go). What it and MySQL's would
 * read in two ways is refused: what one takes for a comment must not hide what the other runs.
 */

export interface Token {
  /** An unquoted word, a name between backticks, a text, a number, or a sign. */
  kind: 'word' | 'name' | 'text' | 'number' | 'sign'
  /** As it stands there; a quoted name without its quotes. */
  text: string
  /** For comparisons: names and words have no case. */
  lower: string
}

type Rule = [pattern: RegExp, kind: Token['kind'] | undefined]

const RULES: Rule[] = [
  [/[ \t\r\n]+/y, undefined],
  [/(?:--(?=[ \t\r\n]|$)|#)[^\n]*(?:\n|$)/y, undefined],
  [/\/\*(?![!/]|M!)[^]*?\*\//y, undefined],
  [/'(?:[^'\\]|\\[^]|'')*'/y, 'text'],
  [/"(?:[^"\\]|\\[^]|"")*"/y, 'text'],
  [/`(?:[^`]|``)*`/y, 'name'],
  [/\d+(?![A-Za-z0-9_])/y, 'number'],
  [/[A-Za-z0-9_]+/y, 'word'],
  [/(?!--|\/\/|\/\*)[-()*,.+/%<>=!&|^~?]/y, 'sign'],
]

/** Tokens of a query, or what in it is not understood. */
export function tokensOf(sql: string): { tokens: Token[]; unknown: string | undefined } {
  const tokens: Token[] = []
  for (let at = 0; at < sql.length;) {
    const found = match(sql, at)
    if (!found) return { tokens, unknown: excerpt(sql.slice(at)) }
    const { text, kind } = found
    at += text.length
    if (!kind) continue
    const bare = kind === 'name' ? text.slice(1, -1).replaceAll('``', '`') : text
    tokens.push({ kind, text: bare, lower: bare.toLowerCase() })
  }
  return { tokens, unknown: undefined }
}

function match(sql: string, at: number): { text: string; kind: Token['kind'] | undefined } | undefined {
  for (const [pattern, kind] of RULES) {
    pattern.lastIndex = at
    const text = pattern.exec(sql)?.[0]
    if (text) return { text, kind }
  }
  return undefined
}

function excerpt(rest: string): string {
  return rest.split('\n')[0]!.slice(0, 12)
}
