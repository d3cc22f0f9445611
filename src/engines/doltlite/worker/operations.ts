import { statSync } from 'node:fs'
import type { TextWriteOptions } from '../../../formats/format.ts'
import { cellText } from '../../../model/cells.ts'
import { temporaryBeside } from '../../../system/temporary.ts'
import type { Branch, Hash, Progress, Row, RowDiff } from '../../../types.ts'
import type {
  Built,
  Change,
  EngineSession,
  OpenResult,
  Signature,
  StageOptions,
  StageResult,
  ReadTarget,
} from '../../engine.ts'
import { tableNotFound } from '../../refusals.ts'
import { Stager } from '../../staging/stager.ts'
import { fastForward, finishMove } from '../branches/move.ts'
import { appendRecord, records } from '../branches/records.ts'
import { refs } from '../branches/refs.ts'
import { Connection } from '../connection/connection.ts'
import { acknowledge } from '../connection/heads.ts'
import type { Presence } from '../connection/presence.ts'
import { merge } from '../merging/merge.ts'
import { squash } from '../merging/squash.ts'
import { remotes } from '../remotes.ts'
import { build, type StagedFile } from '../saving/build.ts'
import { tableFileSink } from '../saving/record.ts'
import { changedKeyRows, openDiff, rowsAt } from '../tables/diff.ts'
import { tablePages, type Pages } from '../tables/pages.ts'
import { readSchema, tables } from '../tables/tables.ts'
import { rowPages, textPages } from '../tables/text-pages.ts'

/** What a session does, as it is done in the worker: at once. */
export type Operations = {
  [Name in Exclude<keyof EngineSession, 'release' | 'shield' | 'makeRoom' | 'isAncestor' | keyof Far>]-?: (
    ...args: Parameters<Required<EngineSession>[Name]>
  ) => Awaited<ReturnType<Required<EngineSession>[Name]>>
} & Far & {
    /** The URL of a remote that is a bucket. */
    bucketOf(remote: string): string | undefined
    /** Fills an empty database from a remote; `isLazy`: with its refs alone, and each chunk when it is read. */
    clone(url: string, gateway?: string, isLazy?: boolean): void
    /** Closes the connection, and all that is open on it. */
    end(): void
  }

/** What speaks to a remote; `gateway`: where a bucket is served. */
interface Far {
  fetch(remote: string, gateway?: string): Branch[]
  push(remote: string, branch: string, gateway?: string): boolean
  deleteRemoteBranch(remote: string, branch: string, gateway?: string): void
  pushTags(remote: string, gateway?: string): string[]
}

/** Reports progress; throws if the caller has aborted. */
export type Report = (progress: Progress) => void

interface OpenCursor {
  columns: string[]
  next(): unknown
  close(): void
}

/** All operations over one connection. `report` is called between parts of the long ones. */
export function operations(connection: Connection, presence: Presence, report: Report): Operations {
  const open = new Map<number, OpenCursor>()
  const stages = new Map<number, { stager: Stager; result?: StageResult }>()
  let lastId = 0

  const opened = (result: OpenCursor): OpenResult => {
    open.set(++lastId, result)
    return { id: lastId, columns: result.columns }
  }
  const next = <T>(id: number): T | undefined => open.get(id)?.next() as T | undefined
  const stager = (id: number): Stager => stages.get(id)!.stager
  const tell = (id: number, totalBytes?: number): void => {
    const { rows, bytes } = stager(id)
    report(totalBytes === undefined ? { rows, bytes } : { rows, bytes, totalBytes })
  }

  return {
    ...refs(connection),
    ...tables(connection),
    ...remotes(connection),

    openRows(commit: Hash, what: ReadTarget): OpenResult {
      const pages = pagesOf(connection, commit, what)
      return opened({
        columns: pages.columns.map((column) => column.name),
        next: rowPages(pages),
        close: () => pages.close(),
      })
    },
    nextRows: (id) => next<Row[]>(id),
    openText(commit: Hash, what: ReadTarget, options: TextWriteOptions): OpenResult {
      const pages = pagesOf(connection, commit, what)
      const columns = pages.columns.map((column) => column.name)
      return opened({ columns, next: textPages(pages, options), close: () => pages.close() })
    },
    nextText: (id) => next<{ bytes: Uint8Array; rows: number }>(id),
    rowsByKey(commit, table, keys) {
      const schema = readSchema(connection.at(commit), table)
      return schema ? rowsAt(connection, commit, table, schema.key, keys) : keys.map(() => undefined)
    },
    close(id) {
      open.get(id)?.close()
      open.delete(id)
      stages.get(id)?.stager.remove()
      stages.delete(id)
    },

    changedKeys: (from, to, table, most) => changedKeyRows(connection, from, to, table, most),
    openDiff(from, to, table) {
      return opened(openDiff(connection, from, to, table))
    },
    nextDiff: (id) => next<RowDiff[]>(id),

    openStage({ text, schema, types, rowsStay, keyless, stored }: StageOptions): number {
      presence.show()
      stages.set(++lastId, {
        stager: new Stager({
          path: temporaryBeside(connection.path),
          sink: tableFileSink,
          options: text,
          schema,
          types,
          rowsStay,
          stored,
          keyless,
        }),
      })
      return lastId
    },
    stageFile: (id, path) => stager(id).readFile(path, (total) => tell(id, total)),
    stageBytes(id, chunk) {
      stager(id).push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
      tell(id)
    },
    stageEnd: (id) => stager(id).end(),
    stageRows(id, columns, rows) {
      stager(id).addRows(columns, rows)
      tell(id)
    },
    stageCells(id, batch, path) {
      stager(id).addCells(batch, path)
      tell(id)
    },
    stageTable(id, commit, table, columns) {
      const pages = pagesOf(connection, commit, { table })
      const places = columns.map((name) => pages.columns.findIndex((column) => column.name === name))
      const types = places.map((place) => pages.columns[place]?.type ?? 'any')
      // A table without rows has columns, too.
      stager(id).addRows(columns, [])
      while (pages.next()) {
        const rows = pages.rows().map((row) => places.map((place, at) => cellText(row[place] ?? null, types[at]!)))
        stager(id).addRows(columns, rows)
      }
      pages.close()
    },
    finishStage(id) {
      const stage = stages.get(id)!
      stage.result = stage.stager.finish()
      return stage.result
    },
    build(branch: string, change: Change, signature: Signature): Built {
      const staged = change.kind === 'stage' ? (stages.get(change.stage) as StagedFile) : undefined
      return build(connection, branch, change, signature, staged, (rows) => report({ rows, bytes: 0 }))
    },
    squash: (branch, since, signature) => squash(connection, branch, since, signature),
    fastForward: (branch, from, to) => fastForward(connection, branch, from, to),
    finishMove: (branch) => finishMove(connection, branch),
    merge: (branch, theirs, policy, signature) => merge(connection, branch, theirs, policy, signature),
    appendRecord: (plan) => appendRecord(connection, plan),
    records: (branch, table, filter) => records(connection, branch, table, filter),
    acknowledge: (branch, head) => acknowledge(connection, branch, head),
    appear: () => presence.show(),
    isAlive: (owner) => presence.isAlive(owner),
    sweep: () => presence.sweep(),
    gc() {
      // A gc writes what its connection has seen last.
      connection.renew()
      connection.get('SELECT dolt_gc()')
    },
    size: () => statSync(connection.path).size,

    end() {
      for (const result of open.values()) result.close()
      for (const stage of stages.values()) stage.stager.remove()
      connection.close()
    },
  }
}

function pagesOf(connection: Connection, commit: Hash, what: ReadTarget): Pages {
  // A query is run by a process of its own.
  if ('sql' in what) throw new Error('a query came to the worker')
  const pages = tablePages(connection, commit, what.table)
  if (pages) return pages
  throw tableNotFound(what.table, commit)
}
