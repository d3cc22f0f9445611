import type { TextWriteOptions } from '../../../formats/format.ts'
import type { Hash } from '../../../types.ts'
import type { OpenResult, Query, ReadTarget } from '../../engine.ts'
import { whileBusy } from '../worker/while-busy.ts'
import { ReaderProcess } from './reader-process.ts'
import { MEMORY_MB } from './reader-protocol.ts'

/** Readers kept for the next query, and for how long, in ms: a process takes longer to start than most queries. */
const IDLE_KEPT = 2
const IDLE_MS = 10_000

/** The processes that run queries of one database. */
export class QueryReaders {
  readonly #path: string
  readonly #idle = new Map<ReaderProcess, NodeJS.Timeout>()
  readonly #busy = new Set<ReaderProcess>()
  #closed = false

  constructor(path: string) {
    this.#path = path
  }

  lease(memoryMb: number): ReaderProcess {
    const kept = [...this.#idle.keys()].find((reader) => reader.memoryMb === memoryMb && !reader.broken)
    clearTimeout(this.#idle.get(kept!))
    const reader = kept ?? new ReaderProcess(this.#path, memoryMb)
    this.#idle.delete(reader)
    this.#busy.add(reader)
    return reader
  }

  /** Takes one back whose query is closed. */
  keep(reader: ReaderProcess): void {
    this.#busy.delete(reader)
    if (this.#closed || reader.broken || this.#idle.size >= IDLE_KEPT) return void reader.end()
    this.#idle.set(reader, setTimeout(() => this.#endIdle(reader), IDLE_MS).unref())
  }

  /** Ends all; what they do is aborted. */
  async close(): Promise<void> {
    this.#closed = true
    const all = [...this.#idle.keys(), ...this.#busy]
    for (const timer of this.#idle.values()) clearTimeout(timer)
    this.#idle.clear()
    await Promise.all(all.map((reader) => reader.end()))
  }

  #endIdle(reader: ReaderProcess): void {
    this.#idle.delete(reader)
    void reader.end()
  }
}

/** The queries that one session has open. Their ids are below zero: its worker's are above. */
export class SessionQueries {
  readonly #readers: QueryReaders
  readonly #signal: () => AbortSignal | undefined
  readonly #open = new Map<number, ReaderProcess>()
  #lastId = 0

  constructor(readers: QueryReaders, signal: () => AbortSignal | undefined) {
    this.#readers = readers
    this.#signal = signal
  }

  /** Does a session's operation if it is about a query; undefined for those that are its worker's. */
  take(name: string, args: readonly unknown[]): Promise<unknown> | undefined {
    if (name === 'openRows' || name === 'openText') {
      const [commit, what, text] = args as [Hash, ReadTarget, TextWriteOptions | undefined]
      return 'sql' in what ? this.#run(commit, what, text) : undefined
    }
    const reader = this.#open.get(args[0] as number)
    if (reader === undefined) return undefined
    return name === 'close' ? this.#close(args[0] as number, reader) : reader.ask(this.#signal(), 'next')
  }

  async #run(commit: Hash, query: Query, text: TextWriteOptions | undefined): Promise<OpenResult> {
    const reader = this.#readers.lease(query.limits?.memoryMb ?? MEMORY_MB)
    try {
      const opened = await whileBusy(this.#signal, () => reader.ask(this.#signal(), 'open', commit, query, text))
      this.#open.set(--this.#lastId, reader)
      return { id: this.#lastId, ...opened }
    } catch (error) {
      this.#readers.keep(reader)
      throw error
    }
  }

  /** Closes those that are still open. */
  async closeAll(): Promise<void> {
    for (const [id, reader] of this.#open) await this.#close(id, reader)
  }

  async #close(id: number, reader: ReaderProcess): Promise<void> {
    this.#open.delete(id)
    await reader.ask(undefined, 'close').catch(() => {})
    this.#readers.keep(reader)
  }
}
