import type { TextWriteOptions } from '../../formats/format.ts'
import { throwIfAborted } from '../../system/abort.ts'
import { isGoneHere } from '../../system/owner.ts'
import type { ConflictWord, Hash, Progress, Row, RowDiff } from '../../types.ts'
import type {
  Built,
  Change,
  Merged,
  MergeSignature,
  OpenResult,
  RecordFilter,
  RecordPlan,
  EngineSession,
  Signature,
  StageOptions,
  ReadTarget,
} from '../engine.ts'
import { conflictingSchemas } from '../schema-conflict.ts'
import type { Lease } from './branches/lease.ts'
import { fastForward, finishMove } from './branches/move.ts'
import { appendRecord, records } from './branches/records.ts'
import { headOf, refs } from './branches/refs.ts'
import type { Connection } from './connection/connection.ts'
import { ReconnectingConnection } from './connection/reconnecting.ts'
import { merge, publishedMerge } from './merging/merge.ts'
import { changedSchemas, findUnmergeable } from './merging/schema-conflict.ts'
import { squash } from './merging/squash.ts'
import { mergeWidened, wideningsFor } from './merging/widened-merge.ts'
import { queryPages } from './queries/query-pages.ts'
import { remotes } from './remotes/remotes.ts'
import { build } from './saving/build.ts'
import type { Senders } from './saving/bulk.ts'
import { Stage } from './saving/stage.ts'
import { textOf } from './tables/columns.ts'
import { openDiff } from './tables/diff.ts'
import { tablePages, textPages, values, type TypedPages } from './tables/reading.ts'
import { tables } from './tables/tables.ts'

/** What a session needs of its engine. */
export interface Host extends Senders {
  connect(): Promise<Connection>
  /** A connection whose user may do no more than read, where we can have one. */
  connectReader(): Promise<Connection>
  size(): number | undefined
  /** Removes what processes that are gone have left. */
  sweep(): void
  lease: Lease
}

interface OpenCursor {
  connection: Connection
  next(): Promise<unknown>
  close(): void
}

/** What a session does. (The server keeps its own journal: there is no file of ours that could be cut short.) */
export type SessionCalls = Omit<EngineSession, 'release' | 'shield' | 'makeRoom'>

/** How often a merge whose target moves is begun again. */
const TRIES = 100

/** A session over connections of a server: one for its calls, one more for each result that is open. */
export class DoltSession {
  onProgress: ((progress: Progress) => void) | undefined
  readonly operations: SessionCalls
  readonly #host: Host
  readonly #link: ReconnectingConnection
  readonly #open = new Map<number, OpenCursor>()
  readonly #stages = new Map<number, Stage>()
  readonly #released = new AbortController()
  #lastId = 0
  #appeared = false

  constructor(host: Host, signal: AbortSignal | undefined) {
    this.#host = host
    this.#link = new ReconnectingConnection(() => host.connect())
    this.#link.signal = signal
    this.operations = this.#operations()
  }

  /** Runs work that the signal does not stop. */
  async shield<T>(work: () => Promise<T>): Promise<T> {
    const { signal } = this.#link
    this.#link.signal = undefined
    try {
      return await work()
    } finally {
      this.#link.signal = signal
    }
  }

  /** Closes what is open; the connections go back to the engine. */
  async release(): Promise<void> {
    this.#released.abort()
    await Promise.all([...this.#open.keys(), ...this.#stages.keys()].map((id) => this.#close(id)))
    const connection = this.#link.take()
    if (connection) this.#host.keep(connection)
    if (this.#appeared) await this.#host.lease.letGo()
  }

  #appear(): void {
    if (!this.#appeared) this.#host.lease.hold()
    this.#appeared = true
  }

  #operations(): SessionCalls {
    const link = this.#link
    return {
      ...refs(link),
      ...tables(link),
      ...remotes(link),

      openRows: async (commit: Hash, what: ReadTarget) =>
        this.#openPages(commit, what, (pages) => async () => {
          const rows = await pages.next()
          return rows && values(pages.columns, rows)
        }),
      nextRows: (id) => this.#next<Row[]>(id),
      openText: async (commit: Hash, what: ReadTarget, options: TextWriteOptions) =>
        this.#openPages(commit, what, (pages) => textPages(pages, options)),
      nextText: (id) => this.#next<{ bytes: Uint8Array; rows: number }>(id),
      close: (id) => this.#close(id),
      openDiff: (from, to, table) =>
        this.#opened(async (connection) => {
          const diff = await openDiff(connection, from, to, table)
          return { ...diff, connection }
        }),
      nextDiff: (id) => this.#next<RowDiff[]>(id),

      openStage: async (options: StageOptions) => {
        this.#stages.set(++this.#lastId, new Stage(options))
        return this.#lastId
      },
      stageFile: (id, path) => this.#stage(id).stager.streamFile(path, (total) => this.#tell(id, total)),
      stageBytes: async (id, chunk) => {
        this.#stage(id).stager.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
        this.#tell(id)
      },
      stageEnd: async (id) => this.#stage(id).stager.end(),
      stageRows: async (id, columns, rows) => {
        this.#stage(id).rows(columns, rows)
        this.#tell(id)
      },
      stageCells: async (id, batch, path) => {
        this.#stage(id).stager.addCells(batch, path)
        this.#tell(id)
      },
      stageTable: (id, commit, table, columns) => this.#stageTable(id, commit, table, columns),
      finishStage: async (id) => this.#stage(id).finish(),
      build: (branch: string, change: Change, signature: Signature): Promise<Built> => {
        const staged = change.kind === 'stage' ? this.#stage(change.stage).source : undefined
        const each = (rows: number): void => this.#report({ rows, bytes: 0 })
        return link.attempt((connection, again) =>
          build(connection, again, branch, change, signature, staged, this.#host, each),
        )
      },
      squash: (branch, since, signature) =>
        link.attempt((connection, again) => squash(connection, again, branch, since, signature)),
      fastForward: (branch, from, to) =>
        link.attempt((connection, again) => fastForward(connection, again, branch, from, to)),
      finishMove: (branch) => link.attempt((connection) => finishMove(connection, branch)),
      merge: (branch, theirs, policy, signature) => this.#merge(branch, theirs, policy, signature),
      appendRecord: (plan: RecordPlan) => link.attempt((connection) => appendRecord(connection, plan)),
      records: (branch: string, table: string, filter: RecordFilter) =>
        link.attempt((connection) => records(connection, branch, table, filter)),
      appear: async () => this.#appear(),
      isAlive: async (owner) => {
        const gone = isGoneHere(owner)
        return gone === undefined ? undefined : !gone
      },
      sweep: async () => this.#host.sweep(),
      gc: () =>
        link.attempt(async (connection) => {
          await connection.useDefault()
          await connection.rows('CALL dolt_gc()')
        }),
      size: async () => this.#host.size(),
    }
  }

  #merge(branch: string, theirs: Hash, policy: ConflictWord, signature: MergeSignature): Promise<Merged> {
    return this.#link.attempt(async (connection, again) => {
      const done = again ? await publishedMerge(connection, branch, signature.message) : undefined
      if (done) return { commit: done, merged: true }
      for (let tries = 0; tries < TRIES; tries++) {
        const ours = (await headOf(connection, branch))!
        const changed = await changedSchemas(connection, ours, theirs)
        const unmergeable = changed.length > 0 ? await findUnmergeable(connection, ours, theirs, changed) : undefined
        if (unmergeable) throw conflictingSchemas(theirs, [unmergeable.table], unmergeable.reason)
        const widenings = changed.length > 0 ? await wideningsFor(connection, ours, theirs, changed) : []
        const sides = { target: branch, ours, theirs }
        const merged = await mergeWidened(connection, sides, widenings, policy, signature)
        if (merged) return merged
      }
      return merge(connection, branch, theirs, policy, signature)
    })
  }

  #openPages(commit: Hash, what: ReadTarget, next: (pages: TypedPages) => () => Promise<unknown>): Promise<OpenResult> {
    const opened = (connection: Connection, pages: TypedPages) => ({
      connection,
      columns: pages.columns.map((column) => column.name),
      next: next(pages),
      close: () => pages.close(),
    })
    if ('table' in what)
      return this.#opened(async (connection) => opened(connection, await tablePages(connection, commit, what.table)))
    return this.#opened(
      async (connection) => {
        const query = await queryPages(connection, commit, what)
        return { ...opened(connection, query.pages), tables: query.tables }
      },
      () => this.#host.connectReader(),
    )
  }

  /** Opens a result over a connection of its own. */
  async #opened(
    open: (connection: Connection) => Promise<OpenCursor & Omit<OpenResult, 'id'>>,
    connect = () => this.#host.connect(),
  ): Promise<OpenResult> {
    const own = new ReconnectingConnection(connect)
    own.signal = this.#signal
    own.end = (connection) => connection.stop()
    try {
      const result = await own.attempt((connection) => open(connection))
      this.#open.set(++this.#lastId, result)
      return { id: this.#lastId, columns: result.columns, ...(result.tables && { tables: result.tables }) }
    } finally {
      const unused = own.take()
      if (unused && ![...this.#open.values()].some(({ connection }) => connection === unused)) this.#host.keep(unused)
    }
  }

  async #next<T>(id: number): Promise<T | undefined> {
    const signal = this.#signal
    throwIfAborted(signal)
    const result = this.#open.get(id)
    const stop = (): void => void result?.connection.stop()
    signal.addEventListener('abort', stop, { once: true })
    try {
      return (await result?.next()) as T | undefined
    } catch (error) {
      // The connection was ended by the abort.
      throwIfAborted(signal)
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** What stops a reading call: its caller, or the end of the session. */
  get #signal(): AbortSignal {
    const { signal } = this.#link
    return signal ? AbortSignal.any([signal, this.#released.signal]) : this.#released.signal
  }

  async #close(id: number): Promise<void> {
    const result = this.#open.get(id)
    if (result) {
      this.#open.delete(id)
      result.close()
      if (!result.connection.lost) this.#host.keep(result.connection)
      await result.connection.stopped
    }
    this.#stages.get(id)?.stager.remove()
    this.#stages.delete(id)
  }

  #stage(id: number): Stage {
    return this.#stages.get(id)!
  }

  async #stageTable(id: number, commit: Hash, table: string, columns: string[]): Promise<void> {
    const connection = await this.#host.connect()
    try {
      const pages = await tablePages(connection, commit, table)
      const places = columns.map((name) => pages.columns.findIndex((column) => column.name === name))
      this.#stage(id).rows(columns, [])
      for (let rows = await pages.next(); rows; rows = await pages.next())
        this.#stage(id).rows(
          columns,
          rows.map((row) => places.map((place) => textOf(row[place] ?? null))),
        )
    } finally {
      this.#host.keep(connection)
    }
  }

  #tell(id: number, totalBytes?: number): void {
    const { rows, bytes } = this.#stage(id).stager
    this.#report(totalBytes === undefined ? { rows, bytes } : { rows, bytes, totalBytes })
  }

  #report(progress: Progress): void {
    throwIfAborted(this.#link.signal)
    this.onProgress?.(progress)
  }
}
