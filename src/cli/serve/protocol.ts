import { UsageError, type ErrorData } from '../../errors.ts'
import { bytesText } from '../../model/cells.ts'
import { inWordsOf } from '../../spelling.ts'

/*
 * What `doltflow serve --stdio` and its client say to each other: one JSON document a line, in UTF-8. The server's first
 * line is a ServeGreeting. A request names its call by an `id` of the client's; the answer has the same, and answers come in the
 * order in which calls end.
 */

/** The protocol's number: it grows when a client would have to change. */
export const PROTOCOL = 1

export interface ServeGreeting {
  doltflow: string
  protocol: number
}

export interface ServeRequest {
  id: string | number
  /** A verb of the library by its own name, or `open`, `close`, `next`, `return` or `cancel`. */
  verb: string
  /** What `open` gave. Default: the database that the command line names or finds */
  db?: number
  /** The verb's arguments by their names, such as `{ table, source, options }`. `onProgress: true` among the options asks for progress. */
  params?: Record<string, unknown>
}

export type ServeAnswer =
  | { id: ServeRequest['id']; progress: unknown }
  | { id: ServeRequest['id']; result: unknown }
  | {
      id: ServeRequest['id'] | null
      error: { code: string; message: string; retryable: boolean; data: ErrorData; kind: string }
    }

/** Reads a request. @throws {UsageError} USAGE */
export function readRequest(line: string): ServeRequest {
  let request: ServeRequest
  try {
    request = JSON.parse(line, revived) as ServeRequest
  } catch (cause) {
    throw refusal(`A request is one JSON document a line, and this is none: ${(cause as Error).message}.`)
  }
  const { id, verb, params = {}, db } = Object(request) as ServeRequest
  if (typeof id !== 'string' && typeof id !== 'number')
    throw refusal('A request needs an id, a text or a number, such as: {"id": 1, "verb": "tables"}')
  const isObject = typeof params === 'object' && params !== null && !Array.isArray(params)
  if (typeof verb !== 'string' || !isObject || (db !== undefined && !Number.isSafeInteger(db)))
    throw refusal(
      'A request needs a verb; its params are an object by the names of the arguments, its db the number that open gave.',
      id,
    )
  return { id, verb, params, ...(db === undefined ? {} : { db }) }
}

/** Which request an error is about goes with it. */
function refusal(message: string, id: ServeRequest['id'] | null = null): UsageError {
  return new UsageError('USAGE', message, { data: { id } })
}

/**
 * A line. Whole numbers are digits, however long; bytes and what is no number in JSON are `{"$bytes": Base64}` and
 * `{"$real": "NaN"}`.
 */
export function writeLine(value: ServeAnswer | ServeGreeting): string {
  return `${written(value)}\n`
}

function written(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number' && !Number.isFinite(value)) return `{"$real":"${value}"}`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (value instanceof Uint8Array) return `{"$bytes":${JSON.stringify(bytesText(value))}}`
  if ('toJSON' in value && typeof value.toJSON === 'function') return written((value.toJSON as () => unknown)())
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`
  const entries = Object.entries(inWordsOf('python', value)).filter(
    ([, member]) => member !== undefined && typeof member !== 'function',
  )
  return `{${entries.map(([name, member]) => `${JSON.stringify(name)}:${written(member)}`).join(',')}}`
}

/** `{"$integer": "9007199254740993"}`, `{"$real": "NaN"}` and `{"$bytes": Base64}` are what JSON's own values can't say. */
export function revived(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const [tag, ...more] = Object.keys(value)
  if (tag === undefined || more.length > 0 || !tag.startsWith('$')) return value
  const text = (value as Record<string, unknown>)[tag]
  if (typeof text !== 'string') return value
  if (tag === '$integer' && /^-?\d+$/.test(text)) return BigInt(text)
  if (tag === '$real') return Number(text)
  return tag === '$bytes' ? Buffer.from(text, 'base64') : value
}
