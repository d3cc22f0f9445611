import type { Database } from '../../database.ts'
import type { Commit, TableDiff } from '../../types.ts'
import type { TableInfo } from '../../verbs/tables.ts'
import { toJson } from '../text/json.ts'
import { grouped } from '../text/words.ts'
import { lookedAt } from './looked-at.ts'
import { Params } from './params.ts'
import { BLOCK, questionOf, type QuestionParams } from './question.ts'
import { reads } from './reads.ts'
import { TablePages } from './table-pages.ts'

/** The most of each that a copy holds. */
const MOST = { commits: 100, refs: 20, tables: 50, rows: 1000, runs: 100, bytes: 30_000_000 }

/** What a copy of the page knows: answers, as JSON, by what the page asks. */
export interface Collected {
  answers: Map<string, string>
  /** What is left out, in sentences. */
  leftOut: string[]
}

/** Asks all that the page would, as far as it is bounded. What can't be had is left out, as it would be refused. */
export async function collect(db: Database, version: string, signal: AbortSignal): Promise<Collected> {
  return new Collector(db, version, signal).all()
}

class Collector {
  readonly #db: Database
  readonly #version: string
  readonly #signal: AbortSignal
  readonly #pages = new TablePages()
  readonly #answers = new Map<string, string>()
  readonly #leftOut = new Set<string>()
  #bytes = 0

  constructor(db: Database, version: string, signal: AbortSignal) {
    this.#db = lookedAt(db, signal)
    this.#version = version
    this.#signal = signal
  }

  async all(): Promise<Collected> {
    this.#leftOut.add("The histories of rows, and other tables' rows before their last change, are left out.")
    const database = await this.#ask<{ branches: { name: string }[]; tags: { name: string }[]; conflicts: string[] }>(
      'database',
    )
    const history = await this.#ask<{ commits: Commit[]; truncated: boolean }>('history', { limit: 200 })
    for (const name of ['changes', 'lineage', 'checks']) await this.#ask(name)
    for (const branch of database?.conflicts ?? []) await this.#ask('conflicts', { branch })
    await this.#runs()
    await this.#tables(undefined)
    const refs = [...(database?.branches ?? []), ...(database?.tags ?? [])].map(({ name }) => name)
    for (const at of this.#first('branches and tags', refs, MOST.refs)) await this.#tables(at)
    for (const commit of this.#first('commits', history?.commits ?? [], MOST.commits)) await this.#commit(commit)
    if (history?.truncated) this.#leftOut.add('Commits before the newest 200 are left out.')
    return { answers: this.#answers, leftOut: [...this.#leftOut] }
  }

  async #runs(): Promise<void> {
    const found = await this.#ask<{ runs: { id: string }[] }>('runs')
    for (const { id } of this.#first('runs', found?.runs ?? [], MOST.runs)) await this.#ask('run', { id })
  }

  /** The tables at a ref; of the default branch with more rows. */
  async #tables(at: string | undefined): Promise<void> {
    const found = await this.#ask<{ at: string; tables: TableInfo[] }>('tables', { at })
    for (const { name: table, rows } of this.#first('tables', found?.tables ?? [], MOST.tables)) {
      const most = at === undefined ? MOST.rows : BLOCK
      for (let from = 0; from < Math.max(1, Math.min(rows, most)); from += BLOCK)
        await this.#ask('rows', { table, at, column: 0, from, count: BLOCK })
      if (rows > most)
        this.#leftOut.add(
          `Of each table the first ${grouped(MOST.rows)} rows are here, of other branches and tags ${BLOCK}.`,
        )
      if (at !== undefined) continue
      await this.#ask('history', { table, limit: 200 })
      await this.#ask('lineage', { table })
      await this.#diff(table, undefined, found!.at)
    }
  }

  async #commit({ hash, parents }: Commit): Promise<void> {
    const found = await this.#ask<{ tables: TableDiff[] }>('commit', { ref: hash })
    const from = parents.length === 0 ? undefined : `${hash}~1`
    for (const { table } of this.#first('changed tables', found?.tables ?? [], MOST.tables))
      await this.#diff(table, from, hash)
  }

  async #diff(table: string, from: string | undefined, to: string): Promise<void> {
    const found = await this.#ask<{ added: number; modified: number; removed: number }>('diff', {
      table,
      from,
      to,
      offset: 0,
      count: BLOCK,
    })
    if (found && found.added + found.modified + found.removed > BLOCK)
      this.#leftOut.add(`Of each commit the first ${BLOCK} changed rows of a table are here.`)
  }

  #first<T>(what: string, all: readonly T[], most: number): readonly T[] {
    if (all.length > most) this.#leftOut.add(`Of ${grouped(all.length)} ${what} the first ${most} are here.`)
    return all.slice(0, most)
  }

  async #ask<T>(name: string, params: QuestionParams = {}): Promise<T | undefined> {
    const question = questionOf(name, params)
    this.#signal.throwIfAborted()
    if (this.#answers.has(question)) return undefined
    if (this.#bytes > MOST.bytes) {
      this.#leftOut.add(`The copy ends at ${MOST.bytes / 1_000_000} MB; what came after is left out.`)
      return undefined
    }
    const given = new URLSearchParams(question.slice(name.length + 1))
    const found = await this.#found(name, new Params(given))
    if (found === undefined) return undefined
    const text = toJson(found)
    this.#answers.set(question, text)
    this.#bytes += text.length
    return found as T
  }

  async #found(name: string, params: Params): Promise<object | undefined> {
    try {
      return await reads[name]!({ db: this.#db, pages: this.#pages, version: this.#version, writes: false }, params)
    } catch (error) {
      this.#signal.throwIfAborted()
      // The first question tells whether there is a database at all.
      if (this.#answers.size === 0) throw error
      return undefined
    }
  }
}
