import { UsageError } from '../errors.ts'
import type { Engine } from './engine.ts'

export interface EngineOptions {
  /** Whether the first write may make the database. Default: false */
  create?: boolean
  /** Whether one that is made stays without a commit of its own, to be filled by a clone. Default: false */
  bare?: boolean
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
  throw new UsageError(
    'URL_INVALID',
    `No engine opens ${scheme}: databases. Give the path of a DoltLite file, such as pipeline.db.`,
    { data: { scheme } },
  )
}
