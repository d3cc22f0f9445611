import type { Bucket } from './bucket.ts'

/** How often packs that no manifest names are looked for, in ms. */
export const PRUNE_EVERY: number = 24 * 3600_000
/** How long such a pack stays: a push may be about to name it, and a reader may have an older manifest. By the bucket's clock, in ms. */
const GRACE = 24 * 3600_000

/** Removes packs that nobody needs any longer. Never throws: the next push tries again. Gives how many. */
export async function prune(bucket: Bucket, named: ReadonlySet<string>): Promise<number> {
  let removed = 0
  try {
    const { now, objects } = await bucket.list('packs/')
    for (const { key, modified } of objects) {
      if (named.has(key.slice('packs/'.length)) || now - modified < GRACE) continue
      await bucket.remove(key)
      removed++
    }
  } catch {
    // Who may write need not be allowed to list or to remove.
  }
  return removed
}
