import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../errors.ts'
import { call } from '../model/advice.ts'
import type { ServerOptions } from './dolt/connection/address.ts'
import type { DoltliteOptions } from './doltlite/index.ts'
import { isDoltliteFile } from './doltlite/own-files.ts'
import type { Cloned, Engine } from './engine.ts'

/**
 * Opens the engine that a URL names; none is loaded before.
 * @throws {UsageError} URL_INVALID
 */
export async function openEngine(url: string, options: ServerOptions & DoltliteOptions): Promise<Engine> {
  const engine = engineOf(url)
  if (engine === 'memory') return (await import('./memory/index.ts')).openMemory(url, options)
  if (engine === 'dolt') return (await import('./dolt/index.ts')).openDolt(url, options)
  if (engine === 's3') return (await import('./doltlite/bucket/open-bucket.ts')).openBucket(url)
  return (await import('./doltlite/index.ts')).openDoltlite(engine.path, options)
}

/**
 * Copies a remote's whole database into a new one, which appears when it is whole; the remote is saved as `origin`.
 * @throws {UsageError} URL_INVALID @throws {RefusedError} DATABASE_EXISTS @throws {DoltflowError} REMOTE_UNREACHABLE
 */
export async function cloneDatabase(remote: string, url: string): Promise<Cloned> {
  const engine = engineOf(url)
  if (engine === 'memory') return (await import('./memory/index.ts')).cloneMemory(remote, url)
  if (engine === 'dolt') return (await import('./dolt/clone.ts')).cloneDolt(remote, url)
  if (engine === 's3')
    throw new UsageError(
      'URL_INVALID',
      `A database can't be cloned into a bucket. Push to it: ${call('push', [url])}`,
      { data: { url } },
    )
  return (await import('./doltlite/clone.ts')).cloneDoltlite(remote, engine.path)
}

/** Whether a path is a database's own file: nothing else may be written there. */
export function isDatabaseFile(path: string): boolean {
  return isDoltliteFile(path) || path.split(sep).includes('.dolt')
}

/** The engine that a URL names; the path of a DoltLite file. */
function engineOf(url: string): 'memory' | 'dolt' | 's3' | { path: string } {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase()
  if (scheme === undefined || scheme === 'doltlite' || /^[a-z]:[\\/]/i.test(url))
    return { path: url.replace(/^doltlite:/i, '') }
  if (scheme === 'file') return { path: fileURLToPath(url) }
  if (scheme === 'dolt' || scheme === 'mysql') return 'dolt'
  if (scheme === 'memory' || scheme === 's3') return scheme
  throw new UsageError(
    'URL_INVALID',
    `No engine opens ${scheme}: databases. Give the path of a DoltLite file, such as pipeline.db, or dolt:FOLDER, or mysql://user@host:3306/database.`,
    { data: { scheme } },
  )
}
