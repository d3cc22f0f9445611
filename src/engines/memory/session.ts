import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { csvWriter } from '../../formats/csv/index.ts'
import { cellText } from '../../model/cells.ts'
import { throwIfAborted } from '../../system/abort.ts'
import { temporaryBeside } from '../../system/temporary.ts'
import type { Hash, Row, RowDiff } from '../../types.ts'
import type { EngineSession, OpenResult, Session, SessionOptions, ReadTarget } from '../engine.ts'
import { queryUnavailable, tableNotFound } from '../refusals.ts'
import { sessionOver } from '../session.ts'
import type { MakeSink } from '../staging/sink.ts'
import { Stager } from '../staging/stager.ts'
import type { MemoryDatabase } from './branches/database.ts'
import { appendRecord, records } from './branches/records.ts'
import { refs } from './branches/refs.ts'
import { merge } from './merging/merge.ts'
import { remotes } from './remotes.ts'
import { build, squash } from './saving/build.ts'
import type { StagedRows } from './saving/put.ts'
import { MemorySink } from './saving/sink.ts'
import { diffRows, shownCells } from './tables/diff.ts'
import type { MemoryTable } from './tables/table.ts'

const PAGE_ROWS = 1000

/** What a session does, at once. */
type Calls = {
  [Name in keyof Omit<EngineSession, 'release' | 'shield' | 'makeRoom'>]: (
    ...args: Parameters<NonNullable<EngineSession[Name]>>
  ) => Awaited<ReturnType<NonNullable<EngineSession[Name]>>> | ReturnType<NonNullable<EngineSession[Name]>>
}

/** @param refuseClosed throws if the engine is closed */
export function memorySession(database: MemoryDatabase, options: SessionOptions, refuseClosed: () => void): Session {
  let { signal } = options
  const report = (stager: Stager, totalBytes?: number): void => {
    throwIfAborted(signal)
    const { rows, bytes } = stager
    options.onProgress?.(totalBytes === undefined ? { rows, bytes } : { rows, bytes, totalBytes })
  }
  const calls = callsOn(database, report)
  const call = async (name: keyof Calls, args: unknown[]): Promise<unknown> => {
    refuseClosed()
    throwIfAborted(signal)
    return (calls[name] as (...given: unknown[]) => unknown)(...args)
  }
  return sessionOver(Object.keys(calls), call, {
    release: async () => {},
    async shield(work) {
      const before = signal
      signal = undefined
      try {
        return await work()
      } finally {
        signal = before
      }
    },
  })
}

function callsOn(database: MemoryDatabase, report: (stager: Stager, totalBytes?: number) => void): Calls {
  const open = new Map<number, () => unknown>()
  const stages = new Map<number, Partial<StagedRows> & { stager: Stager }>()
  let lastId = 0
  const opened = (columns: string[], next: () => unknown): OpenResult => {
    open.set(++lastId, next)
    return { id: lastId, columns }
  }
  const tableAt = (commit: Hash, table: string): MemoryTable | undefined => database.at(commit).tables.get(table)
  const next = <T>(id: number): T | undefined => open.get(id)?.() as T | undefined
  const stager = (id: number): Stager => stages.get(id)!.stager
  const staged = (id: number): StagedRows => stages.get(id) as StagedRows

  return {
    ...refs(database),
    ...remotes(database),
    tables: (commit) => [...database.at(commit).tables.keys()].toSorted(),
    schema: (commit, table) => tableAt(commit, table)?.shown,
    tableHash: (commit, table) => tableAt(commit, table)?.hash,

    openRows(commit, what) {
      const table = required(database, commit, what)
      const pages = inPages(table.ordered)
      return opened(namesOf(table), () => pages()?.map((row) => shownCells(table, row)))
    },
    nextRows: (id) => next<Row[]>(id),
    openText(commit, what, options) {
      const table = required(database, commit, what)
      const pages = inPages(table.ordered)
      const writer = csvWriter(namesOf(table), options)
      const types = table.shown.columns.map(({ type }) => type)
      return opened(namesOf(table), () => {
        const rows = pages()?.map((row) => shownCells(table, row).map((cell, at) => cellText(cell, types[at]!)))
        return rows && { bytes: Buffer.from(writer.rows(rows)), rows: rows.length }
      })
    },
    nextText: (id) => next(id),
    openDiff(from, to, table) {
      const [before, after] = [tableAt(from, table), tableAt(to, table)]
      const names = [...(after ? namesOf(after) : []), ...(before ? namesOf(before) : [])]
      return opened([...new Set(names)], inPages(diffRows(before, after)))
    },
    nextDiff: (id) => next<RowDiff[]>(id),
    close(id) {
      open.delete(id)
      stages.get(id)?.stager.remove()
      stages.delete(id)
    },

    openStage({ text, schema, types, rowsStay, keyless, stored }) {
      const id = ++lastId
      const plan = {
        path: temporaryBeside(join(tmpdir(), 'doltflow-stage')),
        options: text,
        schema,
        types,
        rowsStay,
        stored,
        keyless,
      }
      const sink: MakeSink = (_path, rules) => (stages.get(id)!.sink = new MemorySink(rules))
      stages.set(id, { stager: new Stager({ ...plan, sink }) })
      return id
    },
    stageFile: (id, path) => stager(id).streamFile(path, (total) => report(stager(id), total)),
    stageBytes(id, chunk) {
      stager(id).push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
      report(stager(id))
    },
    stageEnd: (id) => stager(id).end(),
    stageRows(id, columns, rows) {
      stager(id).addRows(columns, rows)
      report(stager(id))
    },
    stageCells(id, batch, path) {
      stager(id).addCells(batch, path)
      report(stager(id))
    },
    finishStage(id) {
      const result = stager(id).finish()
      stages.get(id)!.result = result
      return result
    },
    build: (branch, change, signature) =>
      build(database, branch, change, signature, change.kind === 'stage' ? staged(change.stage) : undefined),
    squash: (branch, since, signature) => squash(database, branch, since, signature),
    merge: (branch, theirs, policy, signature) => merge(database, branch, theirs, policy, signature),
    appendRecord: (plan) => appendRecord(database, plan),
    records: (branch, table, filter) => records(database, branch, table, filter),
  }
}

/** @throws {NotFoundError} TABLE_NOT_FOUND @throws {DoltflowError} SQL_FAILED */
function required(database: MemoryDatabase, commit: Hash, what: ReadTarget): MemoryTable {
  if ('sql' in what) throw queryUnavailable(what.sql, NO_QUERIES)
  const table = database.at(commit).tables.get(what.table)
  if (!table) throw tableNotFound(what.table, commit)
  return table
}

/** Why no query is run here. */
export const NO_QUERIES = 'the memory engine has no SQL'

function namesOf(table: MemoryTable): string[] {
  return table.shown.columns.map(({ name }) => name)
}

function inPages<T>(rows: readonly T[]): () => T[] | undefined {
  let at = 0
  return () => {
    const page = rows.slice(at, at + PAGE_ROWS)
    at += page.length
    return page.length > 0 ? page : undefined
  }
}
