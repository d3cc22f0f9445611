import { UsageError } from '../errors.ts'
import type { Engine } from './engine.ts'

/** How a server is spoken to over TLS; the files are PEM. */
export interface TlsOptions {
  /** `verify` (the default with any of the files) checks the server's certificate; `unverified` does not. */
  mode?: string
  ca?: string
  cert?: string
  key?: string
}

export interface EngineOptions {
  /** The password of a server's user, where its URL has none. */
  password?: string
  tls?: TlsOptions
  /** Whether the first write may make the database. Default: false */
  create?: boolean
  /** Whether to check on opening that no acknowledged commit was lost. Default: true */
  check?: boolean
}

/**
 * Opens the engine that a URL names; none is loaded before.
 * @throws {UsageError} URL_INVALID
 */
export async function openEngine(url: string, options: EngineOptions): Promise<Engine> {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase()
  if (scheme === undefined || scheme === 'doltlite' || /^[a-z]:[\\/]/i.test(url)) {
    const { openDoltlite } = await import('./doltlite/index.ts')
    return openDoltlite(url.replace(/^doltlite:/i, ''), options)
  }
  if (scheme === 'file') {
    const { fileURLToPath } = await import('node:url')
    const { openDoltlite } = await import('./doltlite/index.ts')
    return openDoltlite(fileURLToPath(url), options)
  }
  if (scheme === 'dolt' || scheme === 'mysql') {
    const { openDolt } = await import('./dolt/index.ts')
    return openDolt(url, options)
  }
  throw new UsageError(
    'URL_INVALID',
    `No engine opens ${scheme}: databases. Give the path of a DoltLite file, such as pipeline.db, or dolt:FOLDER, or mysql://user@host:3306/database.`,
    { data: { scheme } },
  )
}
