import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

/** Bytes: the caller's thread is held as long as their hash takes. */
const HASHED_AT_ONCE = 1 << 20

/**
 * sha256 of files' bytes, one after the other: what a stage gives as its own.
 * undefined where they can't be read, or it was stopped.
 */
export async function hashFiles(paths: readonly string[], signal?: AbortSignal): Promise<string | undefined> {
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
