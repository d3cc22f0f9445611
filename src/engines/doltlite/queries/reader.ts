import { asIoError, reasonOf, toPlain } from '../../../errors.ts'
import { guardProcess } from '../../../system/guard.ts'
import { Connection } from '../connection/connection.ts'
import { rowPages, textPages } from '../tables/text-pages.ts'
import type { WorkerAnswer, WorkerCall } from '../worker/protocol.ts'
import { queryPages } from './query-pages.ts'
import { memoryLimit, ROOM_MB, type ReaderCalls } from './reader-protocol.ts'

/*
 * Queries are run in this process: the engine comes back from one when it is done, and has no way to be asked to stop. A
 * thread can't be ended in the middle of native code; a process can. Begun as: reader DATABASE MEMORY_MB PARENT.
 */

const [path, memoryMb, parent] = process.argv.slice(2) as [string, string, string]
guardProcess(Number(memoryMb) + ROOM_MB, Number(parent))

const CLOSED_KEPT = 20
const PAUSE_MS = 200

let current: { next(): unknown; close(): void } | undefined

const calls: ReaderCalls = {
  open(commit, query, text) {
    const { pages, tables } = queryPages(path, commit, query)
    current = { next: text ? textPages(pages, text) : rowPages(pages), close: () => pages.close() }
    return { columns: pages.columns.map(({ name }) => name), tables }
  },
  next: () => current?.next(),
  close() {
    current?.close()
    current = undefined
    tidy()
  },
}

process.on('message', ({ name, args }: WorkerCall) => {
  try {
    limitMemory()
    const call = calls[name as keyof ReaderCalls] as (...args: unknown[]) => unknown
    say({ result: call(...args) })
  } catch (error) {
    const isFull = /out of memory/.test(reasonOf(error))
    say({ error: toPlain(isFull ? memoryLimit(Number(memoryMb)) : asIoError(error, path)) })
  }
})
process.on('disconnect', () => process.exit())
// Whoever is interrupted ends this process, too; until then it has nothing to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

let closed = 0
let rest: NodeJS.Timeout | undefined

/** A statement that nobody has any more still holds its database, with its memory: now and then, and in a pause, it is collected. */
function tidy(): void {
  clearTimeout(rest)
  if (++closed % CLOSED_KEPT === 0) gc!()
  else rest = setTimeout(() => gc!(), PAUSE_MS)
}

let limited = false

/** The engine's own limit is the process's: what needs more fails, and is told. */
function limitMemory(): void {
  if (limited) return
  limited = true
  const memory = new Connection(':memory:')
  memory.exec(`PRAGMA hard_heap_limit = ${Number(memoryMb) * 2 ** 20}`)
  memory.close()
}

function say(answer: WorkerAnswer): void {
  process.send!(answer)
}
