import { UsageError } from '../errors.ts'
import { bytesText } from '../model/cells.ts'

/** A receiver that took nothing. `forGood` if it would refuse the same again. */
export class DeliveryError extends Error {
  readonly forGood: boolean

  constructor(message: string, forGood: boolean) {
    super(message)
    this.forGood = forGood
  }
}

/** Answers in the 400s that say nothing against the message itself: who asks, how often, and whether the receiver is there. */
const MAY_PASS = new Set([401, 403, 404, 407, 408, 421, 425, 429])
/** How long, in ms, a receiver may take to answer. */
const ANSWER_MS = 5000
/** Of a receiver's own words so many are told. */
const WORDS = 300

/** Sends a JSON document. @throws {DeliveryError} if it wasn't taken */
export async function postJson(url: URL, body: string, headers: Readonly<Record<string, string>>): Promise<void> {
  let response: Response
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(ANSWER_MS),
    })
  } catch (error) {
    const { message, cause } = error as Error
    throw new DeliveryError(cause instanceof Error && cause.message !== '' ? cause.message : message, false)
  }
  const words = await response.text().catch(() => '')
  if (response.ok) return
  const { status } = response
  const forGood = status >= 400 && status < 500 && !MAY_PASS.has(status)
  throw new DeliveryError(`status ${status} ${words.slice(0, WORDS)}`.trim(), forGood)
}

/**
 * A receiver's address, and the credentials in it as a header.
 * @param what the sink, for the error
 * @throws {UsageError} URL_INVALID, without the text, which may hold a password
 */
export function receiver(what: string, text: string): { url: URL; headers: Record<string, string> } {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw notHttp(what)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw notHttp(what)
  const { username, password } = url
  url.username = ''
  url.password = ''
  if (username === '' && password === '') return { url, headers: {} }
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { url, headers: basic(credentials) }
}

/** The header of HTTP's Basic scheme (RFC 7617). */
export function basic(credentials: string): Record<string, string> {
  return { authorization: `Basic ${bytesText(Buffer.from(credentials, 'utf8'))}` }
}

/** An address, fit to print: what stands behind `?` may be a secret. */
export function printable({ origin, pathname }: URL): string {
  return `${origin}${pathname === '/' ? '' : pathname}`
}

function notHttp(what: string): UsageError {
  return new UsageError('URL_INVALID', `${what} needs an address such as http://localhost:5000 or https://host/path.`)
}
