import type { Database } from '../../database.ts'
import { NotFoundError, RefusedError, UsageError } from '../../errors.ts'
import { AskedDatabase } from '../asked-database.ts'
import { asDoltflowError } from '../report.ts'
import { toJson } from '../text/json.ts'
import { withoutPassword } from '../text/words.ts'
import { HEADERS, requireGuest, requireOwnPage, statusOf, type Guard } from './guard.ts'
import { lookedAt } from './looked-at.ts'
import type { PageFiles } from './page-files.ts'
import { Params } from './params.ts'
import { reads } from './reads.ts'
import { TablePages } from './table-pages.ts'
import { writes } from './writes.ts'

/** How long, in ms, a question may take. What writes may take as long as it needs. */
const TIMEOUT = 60_000
/** How long, in bytes, what the page sends may be. */
const LONGEST = 4 * 2 ** 20

export interface UiHandlerOptions extends Guard {
  version: string
  /** Whether the page may write. */
  writes: boolean
  files: PageFiles
  /** Is called again after it failed: the database may be made meanwhile. */
  open: () => Promise<Database>
}

/** Answers what the page asks. Knows of no socket. */
export class UiHandler {
  readonly #options: UiHandlerOptions
  readonly #asked: AskedDatabase
  readonly #pages = new TablePages()

  constructor(options: UiHandlerOptions) {
    this.#options = options
    this.#asked = new AskedDatabase(options.open)
  }

  /** Never rejects: what is refused or fails is an answer. */
  handle(request: Request): Promise<Response> {
    return this.#asked.tracked(this.#answer(request).catch(refusal))
  }

  /** Waits until all that was asked is answered. */
  idle(): Promise<void> {
    return this.#asked.idle()
  }

  async #answer(request: Request): Promise<Response> {
    requireGuest(request, this.#options)
    const { pathname, searchParams } = new URL(request.url)
    const name = /^\/api\/([a-z]+)$/.exec(pathname)?.[1]
    if (name !== undefined && request.method === 'POST') return this.#write(name, request)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new UsageError('USAGE', `The page has no ${request.method}.`, { data: { method: request.method } })
    if (name === undefined) return this.#file(pathname)
    const read = Object.hasOwn(reads, name) ? reads[name] : undefined
    if (!read) throw unknown(pathname)
    const { version, writes: mayWrite } = this.#options
    const found = await this.#asked.inTurn({ signal: request.signal, timeout: TIMEOUT }, (db, signal) =>
      read({ db: lookedAt(db, signal!), pages: this.#pages, version, writes: mayWrite }, new Params(searchParams)),
    )
    return json(found)
  }

  #file(pathname: string): Response {
    const { files, token } = this.#options
    const file = Object.hasOwn(files, pathname) ? files[pathname] : undefined
    if (!file) throw unknown(pathname)
    const body = pathname === '/' ? file.text.replaceAll('TOKEN', token) : file.text
    return new Response(body, { headers: { ...HEADERS, 'content-type': file.type } })
  }

  async #write(name: string, request: Request): Promise<Response> {
    requireOwnPage(request)
    const write = Object.hasOwn(writes, name) ? writes[name] : undefined
    if (!write) throw unknown(`/api/${name}`)
    if (!this.#options.writes)
      throw new RefusedError('DATABASE_READ_ONLY', 'The page only reads. Start it again: doltflow ui --write', {
        data: { verb: name },
      })
    const given = objectIn(await bodyOf(request))
    return json(await this.#asked.inTurn({}, (db) => write(db, given)))
  }
}

async function bodyOf(request: Request): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > LONGEST) throw new UsageError('USAGE', `The page may send ${LONGEST / 2 ** 20} MB at most.`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const given: unknown = JSON.parse(text)
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as Record<string, unknown>
  } catch {
    // Told below.
  }
  throw new UsageError('USAGE', 'What is sent must be one JSON object.')
}

function json(document: object, status = 200): Response {
  const headers = { ...HEADERS, 'content-type': 'application/json; charset=utf-8' }
  return new Response(withoutPassword(toJson(document)), { status, headers })
}

/** doltflow's error document, as `--json` prints it. */
function refusal(error: unknown): Response {
  const told = asDoltflowError(error)
  const { code, message, retryable, data } = told
  return json({ error: { code, message, retryable, data } }, statusOf(told))
}

function unknown(pathname: string): NotFoundError {
  return new NotFoundError('FILE_NOT_FOUND', `The page has no ${pathname.slice(0, 200)}.`, {
    data: { path: pathname.slice(0, 200) },
  })
}
