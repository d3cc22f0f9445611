import { createHash, randomBytes } from 'node:crypto'
import type { Bucket } from './bucket.ts'
import type { PackEntry } from './manifest.ts'

/*
 * A pack: 16 random bytes, the chunks one after the other, their index, and its fan-out. The index has an entry for each chunk,
 * in the order of their hashes; the fan-out has the beginning of the first hash of each page of the index, so that a reader
 * finds a chunk of a large pack by two small reads. A pack's name is the SHA-256 of its bytes; by the random ones no two writers
 * ever write the same.
 */

/** Bytes of a chunk's hash. */
export const HASH = 20
/** The hash, the place (64 bits) and the length (32 bits). */
const ENTRY = HASH + 12
/** Entries of a page. */
const PAGE = 64
const FAN = 8
const SALT = 16

/** Where a chunk lies. */
export interface Place {
  pack: PackEntry
  start: number
  length: number
}

/** A chunk's hash as a key of a map. */
export type ChunkKey = string

export function keyOf(bytes: Buffer, at = 0): ChunkKey {
  return bytes.toString('latin1', at, at + HASH)
}

export function packKey(name: string): string {
  return `packs/${name}`
}

/** Collects chunks for one pack. */
export class PackWriter {
  readonly #parts: Buffer[] = [randomBytes(SALT)]
  readonly #places = new Map<ChunkKey, { start: number; bytes: Buffer }>()
  #bytes = SALT

  get bytes(): number {
    return this.#bytes
  }

  get chunks(): number {
    return this.#places.size
  }

  /** Adds a chunk; nothing happens if it is there. */
  add(key: ChunkKey, bytes: Buffer): void {
    if (this.#places.has(key)) return
    this.#places.set(key, { start: this.#bytes, bytes })
    this.#parts.push(bytes)
    this.#bytes += bytes.length
  }

  get(key: ChunkKey): Buffer | undefined {
    return this.#places.get(key)?.bytes
  }

  has(key: ChunkKey): boolean {
    return this.#places.has(key)
  }

  finish(): { entry: PackEntry; bytes: Buffer; index: PackIndex } {
    const sorted = [...this.#places].toSorted(([a], [b]) => (a < b ? -1 : 1))
    const index = Buffer.alloc(sorted.length * ENTRY)
    const pages = Math.ceil(sorted.length / PAGE)
    const fan = Buffer.alloc(pages * FAN)
    sorted.forEach(([key, { start, bytes }], at) => {
      index.write(key, at * ENTRY, 'latin1')
      index.writeBigUInt64BE(BigInt(start), at * ENTRY + HASH)
      index.writeUInt32BE(bytes.length, at * ENTRY + HASH + 8)
      if (at % PAGE === 0) fan.write(key.slice(0, FAN), (at / PAGE) * FAN, 'latin1')
    })
    const bytes = Buffer.concat([...this.#parts, index, fan])
    const name = createHash('sha256').update(bytes).digest('hex')
    const entry: PackEntry = { name, chunks: sorted.length, index: this.#bytes, bytes: bytes.length }
    return { entry, bytes, index: new PackIndex(entry, index) }
  }
}

/** Pages that are read one by one before the whole index is. */
const PAGES_APART = 8
/** An index of so many bytes is read at once. */
const SMALL = 64 * 1024

/** Finds chunks in one pack; reads of its index what is needed. */
export class PackIndex {
  readonly entry: PackEntry
  #whole: Buffer | undefined
  #fan: Buffer | undefined
  readonly #pages = new Map<number, Buffer>()

  constructor(entry: PackEntry, whole?: Buffer) {
    this.entry = entry
    this.#whole = whole
  }

  /** The whole index, once it was read; to be kept for the next time. */
  get whole(): Buffer | undefined {
    return this.#whole
  }

  /** Reads all of it, if it was not read yet. */
  async readWhole(bucket: Bucket): Promise<void> {
    const { name, index, chunks } = this.entry
    this.#whole ??= chunks === 0 ? Buffer.alloc(0) : await bucket.range(packKey(name), index, index + chunks * ENTRY)
  }

  async find(bucket: Bucket, key: ChunkKey): Promise<Place | undefined> {
    const { chunks } = this.entry
    if (chunks === 0) return undefined
    if (!this.#whole && (chunks * ENTRY <= SMALL || this.#pages.size >= PAGES_APART)) await this.readWhole(bucket)
    if (this.#whole) return this.#search(this.#whole, key)
    const page = await this.#page(bucket, key)
    return page && this.#search(page, key)
  }

  /** Every chunk's key and place. */
  *places(): Iterable<[ChunkKey, Place]> {
    const entries = this.#whole!
    for (let at = 0; at < entries.length; at += ENTRY) yield [keyOf(entries, at), this.#place(entries, at)]
  }

  async #page(bucket: Bucket, key: ChunkKey): Promise<Buffer | undefined> {
    const { name, index, chunks, bytes } = this.entry
    const end = index + chunks * ENTRY
    this.#fan ??= await bucket.range(packKey(name), end, bytes)
    const prefix = key.slice(0, FAN)
    let low = 0
    let high = this.#fan.length / FAN
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#fan.toString('latin1', middle * FAN, middle * FAN + FAN) <= prefix) low = middle + 1
      else high = middle
    }
    if (low === 0) return undefined
    const at = low - 1
    let page = this.#pages.get(at)
    if (!page) {
      const start = index + at * PAGE * ENTRY
      page = await bucket.range(packKey(name), start, Math.min(start + PAGE * ENTRY, end))
      this.#pages.set(at, page)
    }
    return page
  }

  #search(entries: Buffer, key: ChunkKey): Place | undefined {
    let low = 0
    let high = entries.length / ENTRY
    while (low < high) {
      const middle = (low + high) >> 1
      const there = keyOf(entries, middle * ENTRY)
      if (there === key) return this.#place(entries, middle * ENTRY)
      if (there < key) low = middle + 1
      else high = middle
    }
    return undefined
  }

  #place(entries: Buffer, at: number): Place {
    return {
      pack: this.entry,
      start: Number(entries.readBigUInt64BE(at + HASH)),
      length: entries.readUInt32BE(at + HASH + 8),
    }
  }
}
