import { unlessAborted } from '../system/abort.ts'
import type { Hash } from '../types.ts'

/*
 * What one process publishes to a branch is published one after the other: so each is built on what the one before made,
 * and none meets a head that has moved. Reading a source, and telling the caller's sinks, is done out of turn.
 */

/** How many moves of a branch are remembered. */
const REMEMBERED = 1000

/** The keys of the rows that were changed, by table; undefined if they are too many, or if the table's schema has changed. */
export type ChangedKeys = ReadonlyMap<string, ReadonlySet<string> | undefined>

/** What a call made of a branch. */
export interface Move {
  before: Hash
  after: Hash
  /** undefined if what was changed is not known. */
  keys?: ChangedKeys
}

interface Queue {
  /** Ends when nobody is in turn. */
  tail: Promise<void>
  calls: Set<QueuedCall>
  /** The last moves, and how many there were before them. */
  moves: Move[]
  forgotten: number
}

const queues = new Map<string, Queue>()

/** Runs a call that is to publish to a branch of a database. @param tables those it is to change */
export async function queued<T>(
  database: string,
  branch: string,
  tables: readonly string[],
  work: (call: QueuedCall) => Promise<T>,
): Promise<T> {
  const call = new QueuedCall(JSON.stringify([database, branch]), tables)
  try {
    return await work(call)
  } finally {
    call.end()
  }
}

/** A call that is to publish, from its beginning to its end. */
export class QueuedCall {
  /** The branch's head when the call began, if this process has moved it since: what the call was meant for. */
  base: Hash | undefined
  readonly #name: string
  readonly #queue: Queue
  readonly #tables: ReadonlySet<string>
  readonly #begun: number

  constructor(name: string, tables: readonly string[]) {
    this.#name = name
    this.#tables = new Set(tables)
    this.#queue = queues.get(name) ?? { tail: Promise.resolve(), calls: new Set(), moves: [], forgotten: 0 }
    queues.set(name, this.#queue)
    this.#queue.calls.add(this)
    this.#begun = this.#queue.forgotten + this.#queue.moves.length
  }

  /** Runs work in turn. @param work leaves its turn when others may go on, at its end at the latest */
  async inTurn<T>(signal: AbortSignal | undefined, work: (leave: () => void) => Promise<T>): Promise<T> {
    const before = this.#queue.tail
    let leave = (): void => {}
    const left = new Promise<void>((resolve) => (leave = resolve))
    this.#queue.tail = before.then(() => left)
    try {
      await unlessAborted(signal, before)
      return await work(leave)
    } finally {
      leave()
    }
  }

  /** Notes that this call moved the branch. */
  moved(move: Move): void {
    const { calls, moves } = this.#queue
    for (const call of calls) if (call !== this) call.base ??= move.before
    moves.push(move)
    if (moves.length <= REMEMBERED) return
    moves.shift()
    this.#queue.forgotten++
  }

  /** What was changed since the call began, from one commit to another; undefined if others had a part in it. */
  changedBetween(base: Hash, head: Hash): ChangedKeys | undefined {
    if (this.#begun < this.#queue.forgotten) return undefined
    const moves = this.#queue.moves.slice(this.#begun - this.#queue.forgotten)
    let at = base
    for (const { before, after } of moves) {
      if (before !== at) return undefined
      at = after
    }
    if (at !== head) return undefined
    const changed = new Map<string, Set<string> | undefined>()
    for (const { keys } of moves) {
      if (!keys) return undefined
      for (const [table, own] of keys) {
        const all = changed.has(table) ? changed.get(table) : new Set<string>()
        changed.set(table, all && own && new Set([...all, ...own]))
      }
    }
    return changed
  }

  /** Whether another call that is under way is to change a table. */
  isWanted(table: string): boolean {
    return [...this.#queue.calls].some((call) => call !== this && call.#tables.has(table))
  }

  end(): void {
    this.#queue.calls.delete(this)
    if (this.#queue.calls.size === 0) queues.delete(this.#name)
  }
}
