import type { ColumnMetaData, SchemaTree } from 'hyparquet'
import { parquetHeader, readPage } from 'hyparquet/src/column.js'
import { decompressors, limited } from './codecs.ts'
import { readExactly } from './read-exactly.ts'

const LARGEST_PAGE = 2 ** 28
const MOST_VALUES = 2 ** 24
/** In bytes: how much of a chunk is read at once, and how long a page's header may be. */
const WINDOW = 2 ** 18
const LONGEST_HEADER = 2 ** 24

type PageHeader = ReturnType<typeof parquetHeader>
type Physical = number | bigint | boolean | Uint8Array

/** Reads one flat column of a row group, page by page. */
export class PageCursor {
  readonly #file: number
  readonly #text: (value: Physical) => string
  readonly #decoder: Parameters<typeof readPage>[2]
  readonly #name: string
  #at: number
  readonly #end: number
  #window: Buffer = Buffer.alloc(0)
  #windowAt = 0
  #dictionary: (string | null)[] | undefined
  #values: ArrayLike<unknown> = []
  #next = 0

  constructor(
    file: number,
    size: number,
    chunk: ColumnMetaData,
    schemaPath: SchemaTree[],
    text: (value: Physical) => string,
  ) {
    this.#file = file
    this.#text = text
    const { element } = schemaPath.at(-1)!
    const { type, type_length, repetition_type, name } = element
    this.#name = name
    // Without its logical type, the library gives the values as they are stored.
    const plain = {
      name,
      ...(type && { type }),
      ...(type_length !== undefined && { type_length }),
      ...(repetition_type && { repetition_type }),
    }
    this.#decoder = {
      pathInSchema: chunk.path_in_schema,
      element: plain,
      schemaPath,
      type: chunk.type,
      codec: chunk.codec,
      compressors: decompressors,
      utf8: false,
      parsers: { timestampFromNanoseconds: (nanos: bigint) => nanos },
    } as unknown as Parameters<typeof readPage>[2]
    const dictionary = chunk.dictionary_page_offset
    this.#at = Number(
      dictionary !== undefined && dictionary > 0n && dictionary < chunk.data_page_offset
        ? dictionary
        : chunk.data_page_offset,
    )
    this.#end = this.#at + Number(chunk.total_compressed_size)
    if (this.#at < 4 || this.#end < this.#at || this.#end > size)
      throw new Error(`the column ${name} lies outside of the file`)
  }

  fill(texts: (string | null)[], place: number, step: number, count: number): void {
    let to = place
    for (let left = count; left > 0;) {
      if (this.#next >= this.#values.length) this.#page()
      const values = this.#values
      const end = Math.min(values.length, this.#next + left)
      left -= end - this.#next
      for (let at = this.#next; at < end; at++, to += step) {
        const value = values[at]
        if (value === undefined) throw new Error(`a cell of the column ${this.#name} is not in its dictionary`)
        texts[to] = value === null ? null : typeof value === 'string' ? value : this.#text(value as Physical)
      }
      this.#next = end
    }
  }

  /** Goes to the next page with values. */
  #page(): void {
    do {
      if (this.#at >= this.#end)
        throw new Error(`the column ${this.#name} has fewer values than its row group has rows`)
      const header = this.#header()
      const size = limited(header.compressed_page_size, LARGEST_PAGE, 'page')
      limited(header.uncompressed_page_size, LARGEST_PAGE, 'page')
      if (this.#at + size > this.#end) throw new Error(`a page of the column ${this.#name} reaches beyond its end`)
      const page = this.#bytes(this.#at, size)
      this.#at += size
      this.#take(header, page)
    } while (this.#next >= this.#values.length)
  }

  #take(header: PageHeader, page: Buffer): void {
    const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: 0 }
    const { dictionary_page_header: dictionary, data_page_header: v1, data_page_header_v2: v2 } = header
    const count = limited((dictionary ?? v1 ?? v2)?.num_values ?? 0, MOST_VALUES, 'page')
    const data = readPage(reader, header, this.#decoder, this.#dictionary, undefined, 0).data ?? []
    if (dictionary) {
      // Each of its values is made a text once, however many cells have it.
      const values = data as ArrayLike<Physical>
      this.#dictionary = Array.from(values, (value) =>
        this.#text(this.#decoder.type === 'INT96' ? int96Nanos(value as bigint) : value),
      )
      return
    }
    if (data.length !== count)
      throw new Error(`a page of the column ${this.#name} has ${data.length} values instead of ${count}`)
    this.#values = data
    this.#next = 0
  }

  /** A page's header, whose length only reading it tells. */
  #header(): PageHeader {
    for (let length = 1024; ; length *= 8) {
      const most = Math.min(length, this.#end - this.#at)
      const bytes = this.#bytes(this.#at, most)
      const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
      try {
        const header = parquetHeader(reader)
        this.#at += reader.offset
        return header
      } catch (error) {
        if (!(error instanceof RangeError) || most === this.#end - this.#at || length > LONGEST_HEADER) throw error
      }
    }
  }

  #bytes(from: number, length: number): Buffer {
    const start = from - this.#windowAt
    if (start >= 0 && start + length <= this.#window.length) return this.#window.subarray(start, start + length)
    this.#window = readExactly(this.#file, from, Math.max(length, Math.min(WINDOW, this.#end - from)))
    this.#windowAt = from
    return this.#window.subarray(0, length)
  }
}

/** Nanoseconds since 1970 of the old timestamps: the day (Julian) above, the nanoseconds of the day below. The library does this for cells, not for a dictionary. */
function int96Nanos(value: bigint): bigint {
  return ((value >> 64n) - 2_440_588n) * 86_400_000_000_000n + (value & 0xffff_ffff_ffff_ffffn)
}
