import { readFileSync } from 'node:fs'
import { UsageError } from '../../../errors.ts'
import type { EngineOptions } from '../../engine.ts'

/** How a server is spoken to over TLS; the files are PEM. */
export interface TlsOptions {
  /** `verify` (the default with any of the files) checks the server's certificate; `unverified` does not. */
  mode?: string | undefined
  /** The certificates to trust. Default: the system's */
  ca?: string | undefined
  /** Our own certificate. Default: none */
  cert?: string | undefined
  /** Our own key. Default: none */
  key?: string | undefined
}

export interface ServerOptions extends EngineOptions {
  /** The password of a server's user, if its URL has none. */
  password?: string
  tls?: TlsOptions
}

/** Where a server is, and how to speak to it. */
export interface Address {
  host?: string
  port?: number
  socketPath?: string
  /** Whether the server is a local one that we started, and its user an administrator. */
  isOurs?: boolean
  user: string
  password: string
  database: string
  tls?: { ca?: Buffer; cert?: Buffer; key?: Buffer; rejectUnauthorized: boolean } | undefined
}

const PARAMETERS = ['socketPath', 'tls', 'tlsCa', 'tlsCert', 'tlsKey']

/**
 * Reads `mysql://user:password@host:port/db`. A password in the URL goes before the option, and that before
 * DOLTFLOW_PASSWORD and MYSQL_PWD. `?socketPath=` names a Unix socket; `?tls=verify` (or `tls=unverified`) asks for
 * TLS, with PEM files in `tlsCa`, `tlsCert`, `tlsKey`.
 * @throws {UsageError} URL_INVALID
 */
export function parseAddress(url: string, options: ServerOptions = {}): Address {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw invalid('it is not a URL')
  }
  const database = decodeURIComponent(parsed.pathname.slice(1))
  if (database === '' || database.includes('/')) throw invalid('it names no database behind the host')
  const given = parsed.searchParams
  const unknown = [...given.keys()].find((name) => !PARAMETERS.includes(name))
  if (unknown !== undefined) throw invalid(`it has the parameter ${unknown}; there are: ${PARAMETERS.join(', ')}`)
  const socketPath = given.get('socketPath')
  return {
    ...(socketPath === null
      ? {
          host: decodeURIComponent(parsed.hostname.replace(/^\[|\]$/g, '')) || '127.0.0.1',
          port: Number(parsed.port || 3306),
        }
      : { socketPath }),
    user: decodeURIComponent(parsed.username) || 'root',
    password:
      decodeURIComponent(parsed.password) ||
      (options.password ?? process.env['DOLTFLOW_PASSWORD'] ?? process.env['MYSQL_PWD'] ?? ''),
    database,
    tls: tlsOf({
      ...options.tls,
      ...present('mode', given.get('tls')),
      ...present('ca', given.get('tlsCa')),
      ...present('cert', given.get('tlsCert')),
      ...present('key', given.get('tlsKey')),
    }),
  }
}

/** An address fit to print: without its password. */
export function shownAddress({ host, port, socketPath, user, database }: Address): string {
  const where = host === undefined ? 'localhost' : `${host.includes(':') ? `[${host}]` : host}:${port}`
  return `mysql://${encodeURIComponent(user)}@${where}/${encodeURIComponent(database)}${socketPath === undefined ? '' : `?socketPath=${socketPath}`}`
}

function tlsOf({ mode, ca, cert, key }: TlsOptions): Address['tls'] {
  if (mode === undefined && ca === undefined && cert === undefined && key === undefined) return undefined
  if (mode !== undefined && mode !== 'verify' && mode !== 'unverified') throw invalid('tls is verify or unverified')
  return {
    ...(ca === undefined ? {} : { ca: pem(ca) }),
    ...(cert === undefined ? {} : { cert: pem(cert) }),
    ...(key === undefined ? {} : { key: pem(key) }),
    rejectUnauthorized: mode !== 'unverified',
  }
}

function pem(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw invalid(`the file ${path} can't be read (${(cause as NodeJS.ErrnoException).code})`)
  }
}

function present<K extends string>(name: K, value: string | null): { [P in K]?: string } {
  return (value === null ? {} : { [name]: value }) as { [P in K]?: string }
}

/** The URL itself is not shown: it may hold a password. */
function invalid(why: string): UsageError {
  return new UsageError(
    'URL_INVALID',
    `The database's URL can't be used: ${why}. A server's is mysql://user@host:3306/database, with the password in DOLTFLOW_PASSWORD.`,
    { data: { reason: why } },
  )
}
