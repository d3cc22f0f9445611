import type { Forbidden } from '../../refusals.ts'
import { BEFORE_BRACKETS, FROM_INSIDE, FUNCTIONS } from './functions.ts'
import { tokensOf, type Token } from './sql-tokens.ts'

/*
 * The engine tells nobody what a statement will call and read, so that its text is looked at: what stands where a table's
 * name may stand must be a table at the ref or a name that the query itself defines, and what stands before a bracket a
 * function or a word that is known. All else is refused. If the server is our own, its user may do no more, either.
 */

/** What a query may read. */
export interface Known {
  tables: readonly string[]
  views: readonly View[]
}

export interface View {
  name: string
  /** `CREATE VIEW … AS SELECT …` */
  statement: string
}

export interface Checked {
  /** The tables that are read, also through views, in the order of their names. */
  tables: string[]
  forbidden: Forbidden | undefined
}

/** Words that do more than read, or read something else than the ref, wherever they stand. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'call',
  'current_role',
  'current_user',
  'dumpfile',
  'into',
  'lock',
  'outfile',
  'procedure',
  'session_user',
  'system_user',
])
/** Databases of a server that are no one's tables. */
const SYSTEM: ReadonlySet<string> = new Set([
  'mysql',
  'information_schema',
  'performance_schema',
  'sys',
  'dolt_cluster',
])
/** Words after which no table is named any more. */
const AFTER_FROM: ReadonlySet<string> = new Set([
  'select',
  'where',
  'group',
  'having',
  'order',
  'limit',
  'union',
  'intersect',
  'except',
  'window',
])
const HINTS: ReadonlySet<string> = new Set(['use', 'force', 'ignore'])
/** How deep views may name views. */
const VIEWS_DEEP = 20

/** What is between two brackets. */
interface Level {
  /** The function whose arguments these are. */
  call: string | undefined
  /** Whether a comma parts tables here. */
  inFrom: boolean
  /** Whether a table's name comes next. */
  expectsTable: boolean
}

/** Looks a query's text through. */
export function checkQuery(sql: string, known: Known): Checked {
  const { tokens, unknown } = tokensOf(sql)
  return unknown === undefined
    ? new Check(tokens, known, 0).run()
    : { tables: [], forbidden: { words: JSON.stringify(unknown) } }
}

class Check {
  readonly #tokens: Token[]
  readonly #known: Known
  readonly #depth: number
  readonly #defined: ReadonlySet<string>
  readonly #tables = new Set<string>()
  readonly #levels: Level[] = [{ call: undefined, inFrom: false, expectsTable: false }]
  #forbidden: Forbidden | undefined

  constructor(tokens: Token[], known: Known, depth: number) {
    this.#tokens = tokens
    this.#known = known
    this.#depth = depth
    this.#defined = definedNames(tokens)
  }

  run(): Checked {
    for (let at = 0; at < this.#tokens.length && !this.#forbidden; at++) this.#look(at)
    if (this.#levels.length !== 1) this.#forbidden ??= { words: 'a bracket without its other one' }
    return { tables: [...this.#tables].toSorted(), forbidden: this.#forbidden }
  }

  #look(at: number): void {
    const token = this.#tokens[at]!
    if (token.kind === 'sign') return this.#sign(at, token.text)
    if (!isNamed(token)) return
    if (this.#level.expectsTable) return this.#table(at, token)
    if (this.#isSign(at - 1, '.')) return
    if (token.kind === 'word' && this.#word(at, token.lower)) return
    this.#name(at, token)
  }

  get #level(): Level {
    return this.#levels.at(-1)!
  }

  #sign(at: number, sign: string): void {
    const level = this.#level
    if (sign === '(') {
      const before = this.#tokens[at - 1]
      const call = !level.expectsTable && isNamed(before) ? before!.lower : undefined
      this.#levels.push({ call, inFrom: level.expectsTable, expectsTable: level.expectsTable })
      level.expectsTable = false
    } else if (sign === ')') {
      if (this.#levels.length === 1) this.#forbidden = { words: 'a bracket without its other one' }
      else this.#levels.pop()
    } else if (sign === ',' && level.inFrom) level.expectsTable = true
  }

  /** Where a table's name may stand. */
  #table(at: number, token: Token): void {
    const level = this.#level
    if (token.kind === 'word') {
      if (token.lower === 'lateral') return
      if (['select', 'with', 'values', 'table', 'json_table', 'dual'].includes(token.lower)) {
        level.expectsTable = token.lower === 'table'
        level.inFrom = token.lower !== 'select' && token.lower !== 'with' && token.lower !== 'values'
        return
      }
    }
    level.expectsTable = false
    if (this.#isSign(at + 1, '.')) this.#forbidden = { table: this.#chain(at) }
    else if (this.#isSign(at + 1, '(')) this.#forbidden = { function: token.text }
    else this.#read(token)
  }

  #read({ text, lower }: Token): void {
    if (this.#defined.has(lower) && !isReserved(lower)) return
    const alike = (name: string): boolean => name.toLowerCase() === lower
    const { tables, views } = this.#known
    const table = tables.includes(text) ? text : tables.find(alike)
    const view = views.find(({ name }) => alike(name))
    if (table !== undefined) this.#tables.add(table)
    else if (view !== undefined) this.#readView(view)
    else this.#forbidden = { table: text }
  }

  #readView({ name, statement }: View): void {
    const { tokens, unknown } = tokensOf(statement)
    const query = tokens.slice(tokens.findIndex((token) => isWord(token, 'as')) + 1)
    if (unknown !== undefined || this.#depth > VIEWS_DEEP) return void (this.#forbidden = { table: name })
    const { tables, forbidden } = new Check(query, this.#known, this.#depth + 1).run()
    this.#forbidden = forbidden
    for (const table of tables) this.#tables.add(table)
  }

  /** A word that is not a name for certain; whether that is all there is to it. */
  #word(at: number, word: string): boolean {
    const level = this.#level
    const next = this.#tokens[at + 1]
    if (FORBIDDEN.has(word)) return this.#refuse({ words: word.toUpperCase() })
    if (word === 'as' && next?.kind === 'word' && next.lower === 'of')
      return this.#refuse({ words: 'AS OF (another commit is named by its ref, with at)' })
    if (word === 'for' && !FROM_INSIDE.has(level.call ?? '') && !isWord(next, 'ordinality'))
      return this.#refuse({ words: 'FOR' })
    if (HINTS.has(word) && level.inFrom) return this.#refuse({ words: `a hint (${word.toUpperCase()} INDEX)` })
    if (word === 'from') {
      if (FROM_INSIDE.has(level.call ?? '')) return true
      level.inFrom = level.expectsTable = true
    } else if (word === 'join' || word === 'straight_join' || word === 'table') level.inFrom = level.expectsTable = true
    else if (AFTER_FROM.has(word)) {
      level.inFrom = false
      // These brackets hold a query.
      if (word === 'select') level.call = undefined
    } else return false
    return true
  }

  /** A name that is no table's: of a column, of something that the query defines, or of a function. */
  #name(at: number, token: Token): void {
    const { lower, text, kind } = token
    if (this.#isSign(at + 1, '.')) {
      if (SYSTEM.has(lower) || lower.includes('/') || this.#isCalled(at + 2)) this.#refuse({ table: this.#chain(at) })
    } else if (!this.#isSign(at + 1, '(')) {
      if (isReserved(lower)) this.#refuse({ table: text })
    } else if (kind === 'word' && BEFORE_BRACKETS.has(lower)) return
    else if (!FUNCTIONS.has(lower) && !this.#namesColumns(at)) this.#refuse({ function: text })
  }

  /** Whether the brackets behind a name hold the names of its columns: of what WITH or AS defines. */
  #namesColumns(at: number): boolean {
    const tokens = this.#tokens
    const { lower } = tokens[at]!
    const end = columnsEnd(tokens, at + 1)
    if (end === undefined || isReserved(lower)) return false
    if (this.#defined.has(lower) && isWord(tokens[end + 1], 'as') && isSign(tokens[end + 2], '(')) return true
    // Behind a query in brackets that stands for a table.
    const closes = isWord(tokens[at - 1], 'as') ? at - 2 : at - 1
    return this.#level.inFrom && isSign(tokens[closes], ')')
  }

  #isSign(at: number, sign: string): boolean {
    return isSign(this.#tokens[at], sign)
  }

  /** Whether a function of a database is called. */
  #isCalled(at: number): boolean {
    return this.#isSign(at + 1, '(') || (this.#isSign(at + 1, '.') && this.#isCalled(at + 2))
  }

  /** Names with points between them. */
  #chain(at: number): string {
    const { text } = this.#tokens[at]!
    return this.#isSign(at + 1, '.') && this.#tokens[at + 2] ? `${text}.${this.#chain(at + 2)}` : text
  }

  #refuse(forbidden: Forbidden): true {
    this.#forbidden = forbidden
    return true
  }
}

/** The names that a query gives to queries within it: `WITH name [(columns)] AS (`. */
function definedNames(tokens: readonly Token[]): Set<string> {
  const names = new Set<string>()
  for (const [at, token] of tokens.entries()) {
    if (!isNamed(token)) continue
    const before = tokens[at - 1]
    if (!isWord(before, 'with') && !isWord(before, 'recursive') && !isSign(before, ',')) continue
    const end = isSign(tokens[at + 1], '(') ? columnsEnd(tokens, at + 1) : at
    if (end !== undefined && isWord(tokens[end + 1], 'as') && isSign(tokens[end + 2], '(')) names.add(token.lower)
  }
  return names
}

/** Where brackets end that hold names alone. */
function columnsEnd(tokens: readonly Token[], open: number): number | undefined {
  let at = open + 1
  while (isNamed(tokens[at]) && isSign(tokens[at + 1], ',')) at += 2
  return isNamed(tokens[at]) && isSign(tokens[at + 1], ')') ? at + 1 : undefined
}

function isNamed(token: Token | undefined): boolean {
  return token?.kind === 'word' || token?.kind === 'name'
}

function isSign(token: Token | undefined, sign: string): boolean {
  return token?.kind === 'sign' && token.text === sign
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.lower === word
}

/** The engine's own tables are read by such names, and nobody else's. */
function isReserved(lower: string): boolean {
  return lower.startsWith('dolt_')
}
