import { timingSafeEqual } from 'node:crypto'
import { DoltflowError, RefusedError } from '../../errors.ts'

/** Whom the page answers. */
export interface Guard {
  /** What every request must know. */
  token: string
  /** What a browser may call this computer: another name would lead here by a DNS answer that was changed meanwhile. */
  hosts: readonly string[]
}

/** Goes with every answer: nothing is fetched from elsewhere, nothing runs but the page's own script, nobody frames it. */
export const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/** @throws {RefusedError} ACCESS_DENIED */
export function requireGuest(request: Request, { token, hosts }: Guard): void {
  const { host, searchParams } = new URL(request.url)
  if (!hosts.includes(host)) throw denied(`This page is not ${host}. Open the address that doltflow ui printed.`)
  const given = /^Bearer (.*)$/.exec(request.headers.get('authorization') ?? '')?.[1] ?? searchParams.get('token') ?? ''
  if (!isEqual(given, token))
    throw denied('The address lacks the token, or has another one. Open the address that doltflow ui printed.')
}

/** What writes comes from the page itself, never from another one's form. @throws {RefusedError} ACCESS_DENIED */
export function requireOwnPage(request: Request): void {
  const site = request.headers.get('sec-fetch-site')
  const isOwn =
    request.headers.get('origin') === new URL(request.url).origin && (site === null || site === 'same-origin')
  const isJson = /^application\/json\b/.test(request.headers.get('content-type') ?? '')
  // A token in an address may have been read by others; no form can send this header.
  const hasHeader = request.headers.has('authorization')
  if (!isOwn || !isJson || !hasHeader)
    throw denied('Only the page itself may ask for that, in JSON, with the token in a header.')
}

/** The status of HTTP that an error means. */
export function statusOf({ code, name }: DoltflowError): number {
  if (code === 'ACCESS_DENIED') return 403
  return { UsageError: 400, NotFoundError: 404, ConflictError: 409, RefusedError: 422 }[name] ?? 500
}

function denied(message: string): RefusedError {
  return new RefusedError('ACCESS_DENIED', message)
}

/** Takes equally long, whatever the beginning. */
function isEqual(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}
