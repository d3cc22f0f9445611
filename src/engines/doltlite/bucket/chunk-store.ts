import { BucketError, type Bucket } from './bucket.ts'
import { cachedIndex, cacheIndex, trimCache } from './index-cache.ts'
import { packsToJoin } from './join-packs.ts'
import { readManifest, swapManifest, type Manifest, type PackEntry, type Seen } from './manifest.ts'
import { packKey, PackIndex, PackWriter, type ChunkKey, type Place } from './pack.ts'
import { prune, PRUNE_EVERY } from './prune.ts'

/** A pack is sent as soon as it has so many bytes. */
const PACK_BYTES = 64 * 1024 * 1024
/** Bytes between two chunks that are rather read than asked around. */
const GAP = 64 * 1024
/** The longest range that is read at once. */
const RANGE = 8 * 1024 * 1024
/** Reads under way at once. */
const AT_ONCE = 8
/** How long after it was sent a pack may be named by a manifest: far less than what pruning leaves alone, in ms. */
const FRESH = 6 * 3600_000

/** The chunks and refs of a remote in a bucket, as one push, fetch or reader sees them: one manifest until it is renewed. */
export class ChunkStore {
  readonly #bucket: Bucket
  #seen: Seen | undefined
  #indexes: PackIndex[] = []
  /** The pack that is being filled, and those that were sent but are in no manifest yet. */
  #filling = new PackWriter()
  #sent: { index: PackIndex; at: number }[] = []

  constructor(bucket: Bucket) {
    this.#bucket = bucket
  }

  /** Looks at the remote again; gives the engine's refs. */
  async refs(): Promise<Buffer | undefined> {
    const seen = await readManifest(this.#bucket)
    this.#look(seen)
    return seen.manifest.refs
  }

  async has(keys: readonly ChunkKey[]): Promise<boolean[]> {
    await this.#readIndexes()
    const has: boolean[] = []
    for (const key of keys) has.push(this.#filling.has(key) || (await this.#find(key)) !== undefined)
    return has
  }

  /** The chunks in the order of their keys; undefined if there is none. */
  async get(keys: readonly ChunkKey[]): Promise<(Buffer | undefined)[]> {
    const found = new Map<ChunkKey, Buffer>()
    const places: { key: ChunkKey; place: Place }[] = []
    for (const key of new Set(keys)) {
      const own = this.#filling.get(key)
      if (own) found.set(key, own)
      else {
        const place = await this.#find(key)
        if (place) places.push({ key, place })
      }
    }
    const ranges = inRanges(places)
    const next = ranges[Symbol.iterator]()
    const read = async (): Promise<void> => {
      for (let step = next.next(); !step.done; step = next.next()) {
        const { pack, start, end, within } = step.value
        const bytes = await this.#bucket.range(packKey(pack), start, end)
        for (const { key, place } of within)
          found.set(key, bytes.subarray(place.start - start, place.start - start + place.length))
      }
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, ranges.length) }, read))
    return keys.map((key) => found.get(key))
  }

  /** Takes a chunk of a push; a full pack is sent at once. */
  async add(key: ChunkKey, bytes: Buffer): Promise<void> {
    this.#filling.add(key, bytes)
    if (this.#filling.bytes >= PACK_BYTES) await this.#send()
  }

  /**
   * Makes refs, and the chunks that they lead to, those of the remote.
   * @returns false if the remote has changed since its refs were read
   */
  async commit(refs: Buffer): Promise<boolean> {
    if (!this.#seen) throw new BucketError('the refs were set before they were read', false)
    await this.#send()
    if (this.#sent.some(({ at }) => Date.now() - at > FRESH))
      throw new BucketError('the push took too long; push again', true)
    const { packs, prunedAt } = this.#seen.manifest
    const own = this.#sent.map(({ index }) => index.entry)
    return this.#swap({ refs, packs: [...own, ...packs], prunedAt })
  }

  /**
   * Joins small packs, and removes what no manifest names, if it is time. What another writer has changed meanwhile, and what
   * fails, is left to the next push.
   */
  async tidy(): Promise<void> {
    if (!this.#seen?.manifest.refs) return
    const { refs, packs, prunedAt } = this.#seen.manifest
    try {
      const join = packsToJoin(packs)
      if (join.length > 0) {
        const joined = await this.#join(join)
        await this.#swap({ refs, packs: [joined, ...packs.filter((pack) => !join.includes(pack))], prunedAt })
      } else if (Date.now() - Date.parse(prunedAt) > PRUNE_EVERY) {
        await prune(this.#bucket, new Set(packs.map(({ name }) => name)))
        trimCache()
        await this.#swap({ refs, packs, prunedAt: new Date().toISOString() })
      }
    } catch (error) {
      if (!(error instanceof BucketError)) throw error
    }
  }

  async #join(packs: PackEntry[]): Promise<PackEntry> {
    const writer = new PackWriter()
    for (const entry of packs) {
      const bytes = await this.#bucket.range(packKey(entry.name), 0, entry.index)
      const index = this.#indexes.find((one) => one.entry.name === entry.name)!
      await index.readWhole(this.#bucket)
      for (const [key, { start, length }] of index.places()) writer.add(key, bytes.subarray(start, start + length))
    }
    return (await this.#put(writer)).entry
  }

  async #swap(next: Pick<Manifest, 'refs' | 'packs' | 'prunedAt'>): Promise<boolean> {
    const swapped = await swapManifest(this.#bucket, this.#seen!, next)
    if (!swapped) return false
    this.#sent = []
    this.#look(swapped)
    return true
  }

  async #send(): Promise<void> {
    if (this.#filling.chunks === 0) return
    const filled = this.#filling
    this.#filling = new PackWriter()
    const index = await this.#put(filled)
    this.#sent.push({ index, at: Date.now() })
    this.#indexes.unshift(index)
  }

  async #put(writer: PackWriter): Promise<PackIndex> {
    const { entry, bytes, index } = writer.finish()
    await this.#bucket.put(packKey(entry.name), bytes)
    cacheIndex(entry.name, index.whole!)
    return index
  }

  #look(seen: Seen): void {
    this.#seen = seen
    const known = new Map(this.#indexes.map((index) => [index.entry.name, index]))
    const sent = this.#sent.map(({ index }) => index)
    this.#indexes = [...sent, ...seen.manifest.packs.map((entry) => known.get(entry.name) ?? this.#index(entry))]
  }

  #index(entry: PackEntry): PackIndex {
    return new PackIndex(entry, cachedIndex(entry.name))
  }

  /** A push asks for many chunks that are in no pack: all indexes are needed, once for each pack. */
  async #readIndexes(): Promise<void> {
    const unread = this.#indexes.filter(({ whole }) => !whole)
    const next = unread[Symbol.iterator]()
    const read = async (): Promise<void> => {
      for (let step = next.next(); !step.done; step = next.next()) {
        await step.value.readWhole(this.#bucket)
        cacheIndex(step.value.entry.name, step.value.whole!)
      }
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, unread.length) }, read))
  }

  /** Looks first where the last one was found. */
  async #find(key: ChunkKey): Promise<Place | undefined> {
    for (const [at, index] of this.#indexes.entries()) {
      const place = await index.find(this.#bucket, key)
      if (!place) continue
      if (at > 0) this.#indexes.unshift(...this.#indexes.splice(at, 1))
      return place
    }
    return undefined
  }
}

interface Range {
  pack: string
  start: number
  end: number
  within: { key: ChunkKey; place: Place }[]
}

/** Chunks that lie near each other are read together. */
function inRanges(places: { key: ChunkKey; place: Place }[]): Range[] {
  const sorted = places.toSorted(
    ({ place: a }, { place: b }) =>
      (a.pack.name < b.pack.name ? -1 : a.pack.name > b.pack.name ? 1 : 0) || a.start - b.start,
  )
  const ranges: Range[] = []
  for (const { key, place } of sorted) {
    const end = place.start + place.length
    const last = ranges.at(-1)
    if (last?.pack === place.pack.name && place.start - last.end <= GAP && end - last.start <= RANGE) {
      last.end = Math.max(last.end, end)
      last.within.push({ key, place })
    } else ranges.push({ pack: place.pack.name, start: place.start, end, within: [{ key, place }] })
  }
  return ranges
}
