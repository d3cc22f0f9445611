import { fromPlain } from '../../../errors.ts'
import { unlessAborted } from '../../../system/abort.ts'
import type { Progress } from '../../../types.ts'
import type { Session } from '../../engine.ts'
import { sessionOver } from '../../session.ts'
import type { SessionQueries } from '../queries/readers.ts'
import { CALLS } from './calls.ts'
import { inProcess, inThread, type Channel } from './channel.ts'
import type { WorkerAnswer, WorkerCall, WorkerOptions } from './protocol.ts'
import { whileBusy } from './while-busy.ts'

/** The calls that wait for a remote, up to the engine's 30 s: an abort does not wait with them. */
const FAR: ReadonlySet<string> = new Set<keyof Session>(['fetch', 'push', 'deleteRemoteBranch', 'pushTags'])

interface Pending {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** The client's side of one worker. Calls are answered one after the other. */
export class WorkerSession {
  /** How many times it was leased: a connection slows with age. */
  uses = 0
  onProgress: ((progress: Progress) => void) | undefined
  signal: AbortSignal | undefined
  /** Whether an aborted call is still under way: it is done to its end, and its worker with it. */
  left = false
  readonly #channel: Channel
  readonly #flag: Int32Array
  readonly #opened = new Set<number>()
  #pending: Pending | undefined
  #tail: Promise<unknown> = Promise.resolve()
  #failure: unknown
  /** What the progress callback threw during the running call. */
  #thrown: { error: unknown } | undefined

  /** @param isInProcess whether its calls may hold this thread up. None of them may speak to a remote then */
  constructor(options: Omit<WorkerOptions, 'aborted'>, isInProcess: boolean) {
    const aborted = new SharedArrayBuffer(4)
    this.#flag = new Int32Array(aborted)
    const open = isInProcess ? inProcess : inThread
    this.#channel = open(
      { ...options, aborted },
      { take: (answer) => this.#take(answer), fail: (error) => this.#fail(error) },
    )
  }

  get broken(): boolean {
    return this.#failure !== undefined
  }

  /** Calls an operation; waits while another process holds the database's lock. */
  async call(name: string, args: unknown[]): Promise<unknown> {
    return whileBusy(
      () => this.signal,
      () => {
        const answered = this.#once({ name, args })
        return FAR.has(name) ? this.#unlessLeft(answered) : answered
      },
    )
  }

  async #unlessLeft(answered: Promise<unknown>): Promise<unknown> {
    let isUnderWay = true
    try {
      return await unlessAborted(
        this.signal,
        answered.finally(() => (isUnderWay = false)),
      )
    } finally {
      this.left ||= isUnderWay
    }
  }

  /** Runs work that the signal does not stop. */
  async shield<T>(work: () => Promise<T>): Promise<T> {
    const { signal } = this
    this.signal = undefined
    try {
      return await work()
    } finally {
      this.signal = signal
    }
  }

  /** Closes what is still open in the worker. */
  async reset(): Promise<void> {
    this.onProgress = undefined
    this.signal = undefined
    for (const id of this.#opened) await this.call('close', [id])
    this.#opened.clear()
  }

  async terminate(): Promise<void> {
    this.signal = undefined
    if (!this.broken) await this.call('end', []).catch(() => {})
    this.#failure ??= new Error('the session is closed')
    await this.#channel.end()
  }

  #once(call: WorkerCall): Promise<unknown> {
    const answered = this.#tail.then(
      () =>
        new Promise((resolve, reject) => {
          if (this.#failure !== undefined) return reject(this.#failure)
          Atomics.store(this.#flag, 0, 0)
          const abort = (): void => void Atomics.store(this.#flag, 0, 1)
          this.signal?.addEventListener('abort', abort, { once: true })
          const done = (): void => this.signal?.removeEventListener('abort', abort)
          this.#pending = { resolve: (value) => (done(), resolve(value)), reject: (error) => (done(), reject(error)) }
          this.#channel.post(call)
        }),
    )
    this.#tail = answered.catch(() => {})
    return answered.then((value) => this.#note(call, value))
  }

  /** Remembers what a call opened, so that a lost id closes with the session. */
  #note(call: WorkerCall, value: unknown): unknown {
    if (call.name === 'openStage') this.#opened.add(value as number)
    else if (call.name.startsWith('open')) this.#opened.add((value as { id: number }).id)
    else if (call.name === 'close') this.#opened.delete(call.args[0] as number)
    return value
  }

  #take(answer: WorkerAnswer): void {
    if (answer.progress) return this.#report(answer.progress)
    const thrown = this.#thrown
    this.#thrown = undefined
    const pending = this.#pending
    this.#pending = undefined
    if (thrown) pending?.reject(thrown.error)
    else if (answer.error) pending?.reject(fromPlain(answer.error))
    else pending?.resolve(answer.result)
  }

  /** A callback that throws stops the call, as a signal does. */
  #report(progress: Progress): void {
    try {
      this.onProgress?.(progress)
    } catch (error) {
      this.#thrown ??= { error }
      Atomics.store(this.#flag, 0, 1)
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#pending?.reject(error)
    this.#pending = undefined
  }
}

/** A call that speaks to a remote; if that is a bucket, through a gateway. */
async function callFar(worker: WorkerSession, name: string, args: unknown[]): Promise<unknown> {
  const url = (await worker.call('bucketOf', [args[0]])) as string | undefined
  if (url === undefined) return worker.call(name, args)
  const { throughBucket } = await import('../bucket/through-bucket.ts')
  return throughBucket(
    url,
    async ({ gateway, isEmpty }) => {
      if (isEmpty && name !== 'push') return []
      return worker.call(name, [...args, gateway])
    },
    { tidy: name === 'push' || name === 'deleteRemoteBranch' },
  )
}

/** A session whose calls are the worker's operations, but for queries. */
export function sessionOf(
  worker: WorkerSession,
  queries: SessionQueries,
  own: Pick<Session, 'release' | 'makeRoom'>,
): Session {
  const call = (name: string, args: unknown[]): Promise<unknown> =>
    queries.take(name, args) ?? (FAR.has(name) ? callFar(worker, name, args) : worker.call(name, args))
  return sessionOver(Object.keys(CALLS), call, { ...own, shield: (work) => worker.shield(work) })
}
