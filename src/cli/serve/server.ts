import type { Database } from '../../database.ts'
import { DoltflowError, UsageError } from '../../errors.ts'
import { messageFor } from '../../spelling.ts'
import { Turns } from '../../system/turns.ts'
import type { OpenOptions } from '../../verbs/open-options.ts'
import { asDoltflowError } from '../report.ts'
import { withoutPassword } from '../text/words.ts'
import { PROTOCOL, readRequest, writeLine, type ServeAnswer, type ServeRequest } from './protocol.ts'
import { Streams } from './streams.ts'
import { verbCall } from './verbs.ts'

/** How many calls run at once; the others wait their turn. */
const AT_ONCE = 16
/** How long, in ms, between two lines of progress of a call. */
const PROGRESS_MS = 100
/** The database that the command line names or finds. */
const DEFAULT = 0

export interface ServerEffects {
  version: string
  open(url: string, options: OpenOptions): Promise<Database>
  openDefault(): Promise<Database>
  /** Writes a line; resolves when there is room for more. */
  write(line: string): Promise<void>
  clock(): number
}

/** Answers the requests of one client. Between two calls it holds no lock. */
export class Server {
  readonly #effects: ServerEffects
  readonly #databases = new Map<number, Promise<Database>>()
  readonly #streams = new Streams()
  /** What can be cancelled: calls, and the streams that they gave. */
  readonly #calls = new Map<ServeRequest['id'], AbortController>()
  readonly #running = new Set<Promise<void>>()
  readonly #turns = new Turns(AT_ONCE)
  #lastDatabase = DEFAULT

  constructor(effects: ServerEffects) {
    this.#effects = effects
  }

  greet(): Promise<void> {
    return this.#effects.write(writeLine({ doltflow: this.#effects.version, protocol: PROTOCOL }))
  }

  /** Begins a request; its answer is written when it ends. */
  take(line: string): void {
    if (line.trim() === '') return
    const work = this.#answer(line)
    this.#running.add(work)
    const done = (): void => void this.#running.delete(work)
    work.then(done, done)
  }

  /** Waits for what runs, or stops it, and closes everything. */
  async end({ abort = false }: { abort?: boolean } = {}): Promise<void> {
    if (abort) for (const controller of this.#calls.values()) controller.abort()
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
    for (const db of this.#databases.keys()) await this.#close(db, abort).catch(() => {})
  }

  async #answer(line: string): Promise<void> {
    let request: ServeRequest
    try {
      request = readRequest(line)
      if (this.#calls.has(request.id))
        throw new UsageError(
          'USAGE',
          `The id ${request.id} is that of a call that still runs. Give each call its own.`,
          { data: { id: request.id } },
        )
    } catch (error) {
      const { id = null } = (error as DoltflowError).data as { id?: ServeRequest['id'] | null }
      return this.#say(failure(id, error))
    }
    const { id } = request
    const controller = new AbortController()
    this.#calls.set(id, controller)
    // A stream can be cancelled until it is over.
    const forget = (): void => void (this.#calls.get(id) === controller && this.#calls.delete(id))
    const isOwn = request.verb === 'cancel'
    try {
      if (!isOwn) await this.#turns.take()
      try {
        const result = await this.#call(request, controller, forget)
        await this.#say({ id, result: result ?? null })
      } finally {
        if (!isOwn) this.#turns.leave()
      }
    } catch (error) {
      forget()
      await this.#say(failure(id, error))
    }
  }

  async #call(request: ServeRequest, controller: AbortController, forget: () => void): Promise<unknown> {
    const { id, verb, params = {}, db = DEFAULT } = request
    if (controller.signal.aborted) throw new DoltflowError('ABORTED', 'The call was cancelled before it began.')
    const own = this.#own(verb, params, db)
    if (own) return own.finally(forget)
    let toldAt = -Infinity
    const progress = (value: unknown): void => {
      if (this.#effects.clock() - toldAt < PROGRESS_MS) return
      toldAt = this.#effects.clock()
      void this.#say({ id, progress: value })
    }
    const call = verbCall(verb, params, { signal: controller.signal, progress })
    const given = await call(() => this.#database(db))
    if (isStream(given)) return { stream: this.#streams.add(given, db, forget) }
    forget()
    return given
  }

  /** The protocol's own verbs. */
  #own(verb: string, params: Record<string, unknown>, db: number): Promise<unknown> | undefined {
    if (verb === 'open') return this.#open(params as { url?: unknown; options?: OpenOptions })
    if (verb === 'close') return this.#close(db, params['abort'] === true)
    if (verb === 'next') return this.#streams.next(Number(params['stream']))
    if (verb === 'return') return this.#streams.return(Number(params['stream']))
    if (verb === 'cancel') return Promise.resolve(this.#cancel(params['call'] as ServeRequest['id']))
    return undefined
  }

  async #open({ url, options = {} }: { url?: unknown; options?: OpenOptions }): Promise<unknown> {
    if (url !== undefined && typeof url !== 'string')
      throw new UsageError('USAGE', 'open needs a url, such as pipeline.db.', { data: { argument: 'url' } })
    const opened = url === undefined ? this.#effects.openDefault() : this.#effects.open(url, options)
    const { location, defaultBranch } = await opened
    const db = ++this.#lastDatabase
    this.#databases.set(db, opened)
    return { db, location, defaultBranch }
  }

  async #database(db: number): Promise<Database> {
    if (db === DEFAULT && !this.#databases.has(db)) {
      const opened = this.#effects.openDefault()
      this.#databases.set(db, opened)
      opened.catch(() => this.#databases.delete(db))
    }
    const database = this.#databases.get(db)
    if (!database)
      throw new DoltflowError('CLOSED', `The database ${db} is closed, or was never opened.`, { data: { db } })
    return database
  }

  async #close(db: number, abort: boolean): Promise<void> {
    const database = this.#databases.get(db)
    this.#databases.delete(db)
    await this.#streams.returnAll(db)
    await (await database)?.close({ abort })
  }

  #cancel(id: ServeRequest['id']): boolean {
    const controller = this.#calls.get(id)
    controller?.abort()
    return controller !== undefined
  }

  #say(answer: ServeAnswer): Promise<void> {
    const line = writeLine(answer)
    return this.#effects.write('error' in answer ? withoutPassword(line) : line)
  }
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** The CLI's error document, with the error's class as its `kind`. */
function failure(id: ServeRequest['id'] | null, error: unknown): ServeAnswer {
  const told = asDoltflowError(error)
  const { code, retryable, data, name } = told
  const message = messageFor('python', told)
  return { id, error: { code, message, retryable, data, kind: name } }
}
