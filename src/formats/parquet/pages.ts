import type { Encoding, SchemaElement } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { decompressPage, readDataPage } from 'hyparquet/src/datapage.js'
import { decompressors, limited } from './codecs.ts'
import type { Chunk } from './footer.ts'
import { levels, takeLevels } from './levels.ts'
import { PlainBytes, type PackedValues } from './plain-bytes.ts'
import { readExactly } from './read-exactly.ts'
import { readRuns } from './runs.ts'

const LARGEST_PAGE = 2 ** 28
const MOST_VALUES = 2 ** 24
/** In bytes: how long a page's header may be. */
const LONGEST_HEADER = 2 ** 24
/** In bytes: what old writers forgot to count of a chunk's size, the header of its dictionary (IMPALA-694). */
const UNCOUNTED = 100

type PageHeader = ReturnType<typeof parquetHeader>
/** A value as the file stores it. */
export type Physical = number | bigint | boolean | Uint8Array

/** A column of numbers, texts or such, and how it lies in the tree of the schema. */
export interface Leaf {
  element: SchemaElement
  /** The greatest levels that its entries have: of definition if there is a value, of repetition within the innermost list. */
  definition: number
  repetition: number
}

/** Entries of a column: values and what stands for them if there is none. */
export interface Page {
  entries: number
  /** By entry; undefined if all have the greatest, or no other than 0. */
  definitions: Uint8Array | undefined
  repetitions: Uint8Array | undefined
  /** As they are stored, or their places in the dictionary; no more than there are. */
  values: PackedValues
  isIndexed: boolean
}

/** Where the bytes of a file are. */
export interface OpenFile {
  file: number
  size: number
  /** In bytes: how much of a chunk is read at once. */
  window: number
  /** Of a dictionary with more values, what becomes of these is not kept. */
  kept: number
}

/** Reads a column's chunk of a row group, page by page. The library decodes the values; levels are read into bytes here. */
export class ChunkPages {
  /** Values of the last dictionary, as they are stored. */
  dictionary: PackedValues | undefined
  readonly name: string
  readonly open: OpenFile
  readonly #leaf: Leaf
  readonly #chunk: Chunk
  #at: number
  readonly #end: number
  #entries: number
  #window: Buffer = Buffer.alloc(0)
  #windowAt = 0

  constructor(open: OpenFile, leaf: Leaf, chunk: Chunk) {
    this.open = open
    this.#leaf = leaf
    this.#chunk = chunk
    this.name = chunk.path_in_schema.join('.')
    this.#entries = Number(chunk.num_values)
    const dictionary = chunk.dictionary_page_offset
    this.#at = Number(
      dictionary !== undefined && dictionary > 0n && dictionary < chunk.data_page_offset
        ? dictionary
        : chunk.data_page_offset,
    )
    const end = this.#at + Number(chunk.total_compressed_size)
    if (leaf.definition > 255) throw new Error(`the column ${this.name} is nested too deeply`)
    if (this.#at < 4 || end < this.#at || end > open.size)
      throw new Error(`the column ${this.name} lies outside of the file`)
    this.#end = Math.min(end + UNCOUNTED, open.size)
  }

  /** The next page that has entries; undefined if all have been read. */
  next(): Page | undefined {
    while (this.#entries > 0) {
      if (this.#at >= this.#end) throw new Error(`the column ${this.name} has fewer values than it says`)
      const header = this.#header()
      const size = limited(header.compressed_page_size, LARGEST_PAGE, 'page')
      limited(header.uncompressed_page_size, LARGEST_PAGE, 'page')
      if (this.#at + size > this.#end) throw new Error(`a page of the column ${this.name} reaches beyond its end`)
      const bytes = this.#bytes(this.#at, size)
      this.#at += size
      const page = this.#take(header, bytes)
      if (!page?.entries) continue
      this.#entries -= page.entries
      if (this.#entries < 0) throw new Error(`the column ${this.name} has more values than it says`)
      return page
    }
    return undefined
  }

  #take(header: PageHeader, bytes: Buffer): Page | undefined {
    const { dictionary_page_header: dictionary, data_page_header: v1, data_page_header_v2: v2 } = header
    const entries = limited((dictionary ?? v1 ?? v2)?.num_values ?? 0, MOST_VALUES, 'page')
    const unpacked = header.uncompressed_page_size
    if (dictionary) {
      this.dictionary = this.#values(this.#unpack(bytes, unpacked), entries, 'PLAIN')
    } else if (v1) {
      const { repetition, definition } = this.#leaf
      const page = { rest: this.#unpack(bytes, unpacked) }
      const repetitions = takeLevels(page, repetition, entries, v1.repetition_level_encoding)
      const definitions = takeLevels(page, definition, entries, v1.definition_level_encoding)
      return this.#page(entries, repetitions, definitions, v1.encoding, page.rest)
    } else if (v2) {
      const { repetition, definition } = this.#leaf
      const first = v2.repetition_levels_byte_length
      const both = first + v2.definition_levels_byte_length
      if (!(first >= 0 && both >= first && both <= Math.min(bytes.length, unpacked)))
        throw new Error(`the levels of a page of the column ${this.name} reach beyond its end`)
      const repetitions = levels(bytes.subarray(0, first), repetition, entries)
      const definitions = levels(bytes.subarray(first, both), definition, entries)
      const packed = bytes.subarray(both)
      const size = unpacked - both
      // Arrow before 3.0 said of its packed pages that they are not (ARROW-17100).
      const isPlain = size === 0 || (v2.is_compressed === false && packed.length === size)
      const values = isPlain ? alone(packed) : this.#unpack(packed, size)
      return this.#page(entries, repetitions, definitions, v2.encoding, values)
    }
    return undefined
  }

  #unpack(bytes: Uint8Array, size: number): Uint8Array {
    return alone(decompressPage(bytes, size, this.#chunk.codec, decompressors))
  }

  #page(
    entries: number,
    repetitions: Uint8Array | undefined,
    definitions: Uint8Array | undefined,
    encoding: Encoding,
    bytes: Uint8Array,
  ): Page {
    let count = entries
    if (definitions) for (const level of definitions) if (level !== this.#leaf.definition) count--
    const isIndexed = encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY'
    const values = isIndexed ? places(bytes, count) : this.#values(bytes, count, encoding)
    if (values.length !== count)
      throw new Error(`a page of the column ${this.name} has ${values.length} values instead of ${count}`)
    return { entries, repetitions, definitions: count === entries ? undefined : definitions, values, isIndexed }
  }

  /** The library is given a page without levels. */
  #values(bytes: Uint8Array, count: number, encoding: Encoding): PackedValues {
    const { type, type_length } = this.#leaf.element
    if (count === 0) return []
    if (encoding === 'PLAIN' && type === 'BYTE_ARRAY') return new PlainBytes(bytes, count, undefined)
    if (encoding === 'PLAIN' && type === 'FIXED_LEN_BYTE_ARRAY') return new PlainBytes(bytes, count, type_length ?? 0)
    const header = { num_values: count, encoding } as Parameters<typeof readDataPage>[1]
    const decoder = { type, element: { type_length }, schemaPath: [] } as unknown as Parameters<typeof readDataPage>[2]
    return readDataPage(bytes, header, decoder).dataPage
  }

  /** A page's header, whose length only reading it tells. */
  #header(): PageHeader {
    for (let length = 1024; ; length *= 8) {
      const most = Math.min(length, this.#end - this.#at)
      const reader = reading(this.#bytes(this.#at, most))
      try {
        const header = parquetHeader(reader)
        this.#at += reader.offset
        return header
      } catch (error) {
        if (most === this.#end - this.#at || length > LONGEST_HEADER) throw error
      }
    }
  }

  #bytes(from: number, length: number): Buffer {
    const start = from - this.#windowAt
    if (start >= 0 && start + length <= this.#window.length) return this.#window.subarray(start, start + length)
    const { file, window } = this.open
    this.#window = readExactly(file, from, Math.max(length, Math.min(window, this.#end - from)))
    this.#windowAt = from
    return this.#window.subarray(0, length)
  }
}

interface Reader {
  view: DataView
  offset: number
}

function reading(bytes: Uint8Array): Reader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
}

/** In memory of their own: the library reads on behind the bytes of a page that are too few, if there are others. */
function alone(bytes: Uint8Array): Uint8Array {
  return bytes.length === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
}

/** Where a page's values are in the dictionary. */
function places(bytes: Uint8Array, count: number): Int32Array {
  const output = new Int32Array(count)
  const width = bytes[0] ?? 0
  if (width > 32) throw new Error(`a page has places of ${width} bits`)
  if (width > 0) readRuns(bytes.subarray(1), width, output)
  return output
}
