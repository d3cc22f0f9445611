import type { PackEntry } from './manifest.ts'

/** So many packs of one size are joined to one. */
const FANOUT = 8
const SMALLEST = 64 * 1024
/** Larger packs stay as they are. */
const LARGEST = 64 * 1024 * 1024

/**
 * The packs that are to be one, if there are many of like size: so a remote has few packs, however many pushes it had, and each
 * chunk is written again only as often as the packs grew eightfold.
 */
export function packsToJoin(packs: readonly PackEntry[]): PackEntry[] {
  const join: PackEntry[] = []
  const bySize = new Map<number, PackEntry[]>()
  for (const pack of packs) {
    if (pack.bytes >= LARGEST) continue
    const size = sizeOf(pack.bytes)
    bySize.set(size, [...(bySize.get(size) ?? []), pack])
  }
  let total = 0
  // What is joined may fill the next size.
  for (const [size, alike] of [...bySize].toSorted(([a], [b]) => a - b)) {
    const joins = join.length > 0 && sizeOf(total) === size ? 1 : 0
    if (alike.length + joins < FANOUT) continue
    join.push(...alike)
    total = join.reduce((sum, { bytes }) => sum + bytes, 0)
    if (total >= LARGEST) break
  }
  return join
}

function sizeOf(bytes: number): number {
  return Math.max(0, Math.floor(Math.log(bytes / SMALLEST) / Math.log(FANOUT)))
}
