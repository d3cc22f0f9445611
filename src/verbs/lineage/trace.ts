import { withSession, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { changesOf } from '../../history/walk.ts'
import { sameValue } from '../../model/cells.ts'
import { TRAILERS } from '../../model/trailers.ts'
import type { Commit, Hash, Row } from '../../types.ts'
import { rowHistory, type RowChange } from '../row-history.ts'
import { executionsAndRefused, filesOf, ofCommit, type Execution } from './executions.ts'

/** How far back is looked, in steps. */
const DEPTH = 50

/** Options of a trace. */
export interface TraceOptions {
  /** The cell of this column alone. Default: the row */
  column?: string | undefined
  /** The row as it was then. Default: the head of the default branch */
  at?: string | undefined
}

/** Where a version of a table comes from. */
export interface Origin {
  /** The table. */
  table: string
  /** The commit that made it what it was. */
  commit: Commit
  /** What made it; null if nothing is recorded of that. */
  by: Execution | null
  /** The tables that were read for it, each with its own origin. */
  inputs: Origin[]
}

/** Where a row comes from. */
export interface Trace extends Origin {
  /** The change that made the row, or the cell, what it is. */
  change: RowChange
}

/**
 * Follows a row back: to the commit that really changed it, the step that made that, what this had read, and so on to the sources.
 * @throws {NotFoundError} ROW_NOT_FOUND, REF_NOT_FOUND @throws {RefusedError} KEY_REQUIRED
 */
export async function trace(
  context: Context,
  table: string,
  key: Row,
  { column, at: ref }: TraceOptions = {},
): Promise<Trace> {
  const changes = await rowHistory(context, table, key, { at: ref, ...(column === undefined ? { limit: 1 } : {}) })
  const change = (column === undefined ? undefined : changes.find((one) => touches(one, column))) ?? changes[0]!
  return withSession(context, async (session) => {
    const { executions, refused } = await executionsAndRefused(session)
    const tracer = new Tracer(session, executions, refused)
    return { ...(await tracer.originOf(table, change.commit)), change }
  })
}

function touches({ before, after }: RowChange, column: string): boolean {
  return before === null || after === null || !sameValue(before[column] ?? null, after[column] ?? null)
}

class Tracer {
  readonly #session: Session
  readonly #executions: readonly Execution[]
  readonly #refused: ReadonlyMap<string, Execution>
  /** A step may read what it wrote: what was seen once is not followed again. */
  readonly #seen = new Set<string>()

  constructor(session: Session, executions: readonly Execution[], refused: ReadonlyMap<string, Execution>) {
    this.#session = session
    this.#executions = executions
    this.#refused = refused
  }

  /** Of the newest change of a table in a history. */
  async origin(table: string, commit: Hash, depth = 0): Promise<Origin | undefined> {
    for await (const change of changesOf(this.#session, commit, table)) return this.originOf(table, change, depth)
    return undefined
  }

  async originOf(table: string, commit: Commit, depth = 0): Promise<Origin> {
    const by = await this.#maker(table, commit)
    const inputs: Origin[] = []
    const name = `${table} ${commit.hash}`
    if (by && depth < DEPTH && !this.#seen.has(name)) {
      this.#seen.add(name)
      for (const read of by.reads) {
        const isThere = (await this.#session.commit(read.commit)) !== undefined
        const input = isThere ? await this.origin(read.table, read.commit, depth + 1) : undefined
        if (input) inputs.push(input)
      }
    }
    return { table, commit, by: by ?? null, inputs }
  }

  /** The execution that wrote a version: by its commit; of one that put a result back, by what the table is; else by its labels. */
  async #maker(table: string, commit: Commit): Promise<Execution | undefined> {
    const wrote = (one: Execution): boolean =>
      one.writes.some((write) => write.table === table && write.commit === commit.hash)
    const direct = this.#executions.find(wrote)
    // A run that has no steps is one execution, of all its files.
    if (direct && direct.step === null) return { ...direct, files: filesOf(commit.trailers, table) }
    if (direct) return direct
    const overridden = this.#refused.get(commit.trailers[TRAILERS.action] ?? '')
    if (overridden) return { ...overridden, writes: [{ table, commit: commit.hash }] }
    const step = commit.trailers[TRAILERS.step] ?? null
    const run = commit.trailers[TRAILERS.run] ?? null
    if (step === null && run === null) return ofCommit(commit, table)
    const hash = await this.#session.tableHash(commit.hash, table)
    for (const one of this.#executions) {
      if (one.step !== step) continue
      for (const write of one.writes)
        if (write.table === table && (await this.#hashAt(write.commit, table)) === hash) return one
    }
    return this.#executions.find((one) => one.step === step && one.run === run)
  }

  async #hashAt(commit: Hash, table: string): Promise<Hash | undefined> {
    return (await this.#session.commit(commit)) ? this.#session.tableHash(commit, table) : undefined
  }
}
