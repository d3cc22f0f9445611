import { createHash } from 'node:crypto'
import { open, stat } from 'node:fs/promises'

/** Bytes: the caller's thread is held as long as their hash takes. */
const HASHED_AT_ONCE = 1 << 20

/** What files were when their bytes were hashed. */
export interface HashedFiles {
  /** Which files they were, and when they were last changed: taken before. */
  identities: string[]
  /** Of their bytes, one after the other: what a stage gives as its own. undefined if they can't be read, or it was stopped. */
  sha256: string | undefined
}

export async function hashFiles(paths: readonly string[], signal?: AbortSignal): Promise<HashedFiles> {
  return { identities: await identitiesOf(paths), sha256: await sha256Of(paths, signal) }
}

/** If a file can't be looked at, it is none. */
export async function identitiesOf(paths: readonly string[]): Promise<string[]> {
  const stats = await Promise.all(paths.map((path) => stat(path, { bigint: true }).catch(() => undefined)))
  return stats.map((found) => (found ? `${found.ino} ${found.size} ${found.mtimeNs}` : ''))
}

async function sha256Of(paths: readonly string[], signal: AbortSignal | undefined): Promise<string | undefined> {
  const digest = createHash('sha256')
  const buffer = Buffer.allocUnsafe(HASHED_AT_ONCE)
  for (const path of paths) {
    const file = await open(path).catch(() => undefined)
    if (!file) return undefined
    try {
      for (;;) {
        const { bytesRead } = await file.read(buffer)
        if (signal?.aborted) return undefined
        if (bytesRead === 0) break
        digest.update(buffer.subarray(0, bytesRead))
      }
    } catch {
      return undefined
    } finally {
      await file.close()
    }
  }
  return digest.digest('hex')
}
