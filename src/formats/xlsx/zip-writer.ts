import { once } from 'node:events'
import { constants, crc32, createDeflateRaw } from 'node:zlib'
import { SourceError } from '../../errors.ts'

/** 1980-01-01, the first that a ZIP file can say: the same rows give the same bytes. */
const DOS_DATE = 0x21
const LARGEST = 0xffff_fffe

interface Written {
  name: Buffer
  crc: number
  packed: number
  unpacked: number
  offset: number
}

/** A part of a ZIP file, and its text. */
export interface ZipPart {
  name: string
  text: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/** Writes a ZIP file as its parts come; their sizes stand behind them. @throws {SourceError} FORMAT_CANNOT_HOLD beyond 4 GiB */
export async function* writeZip(parts: ZipPart[]): AsyncGenerator<Uint8Array> {
  const written: Written[] = []
  let offset = 0
  for (const { name, text } of parts) {
    const entry: Written = { name: Buffer.from(name), crc: 0, packed: 0, unpacked: 0, offset }
    const header = localHeader(entry.name)
    yield header
    for await (const chunk of packed(text, entry)) yield chunk
    const descriptor = Buffer.alloc(16)
    descriptor.writeUInt32LE(0x08074b50, 0)
    descriptor.writeUInt32LE(entry.crc, 4)
    descriptor.writeUInt32LE(entry.packed, 8)
    descriptor.writeUInt32LE(entry.unpacked, 12)
    yield descriptor
    offset += header.length + entry.packed + descriptor.length
    if (offset > LARGEST) throw tooLarge()
    written.push(entry)
  }
  yield directory(written, offset)
}

async function* packed(text: ZipPart['text'], entry: Written): AsyncGenerator<Uint8Array> {
  const deflate = createDeflateRaw({ level: constants.Z_BEST_SPEED, chunkSize: 1 << 18 })
  let failure: unknown
  const feed = async (): Promise<void> => {
    for await (const chunk of text) {
      entry.crc = crc32(chunk, entry.crc)
      entry.unpacked += chunk.length
      if (entry.unpacked > LARGEST) throw tooLarge()
      if (!deflate.write(chunk)) await once(deflate, 'drain')
    }
    deflate.end()
  }
  feed().catch((error: unknown) => {
    failure = error
    deflate.destroy()
  })
  try {
    for await (const chunk of deflate as AsyncIterable<Buffer>) {
      entry.packed += chunk.length
      yield Uint8Array.prototype.slice.call(chunk)
    }
  } catch (error) {
    throw failure ?? error
  }
  if (failure) throw failure
}

/** Bit 3: the sizes stand behind the part; bit 11: its name is UTF-8. */
const FLAGS = 0x0808

function localHeader(name: Buffer): Buffer {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(20, 4)
  header.writeUInt16LE(FLAGS, 6)
  header.writeUInt16LE(8, 8)
  header.writeUInt16LE(DOS_DATE, 12)
  header.writeUInt16LE(name.length, 26)
  return Buffer.concat([header, name])
}

function directory(entries: Written[], offset: number): Buffer {
  const list = Buffer.concat(
    entries.flatMap(({ name, crc, packed: packedSize, unpacked, offset: start }) => {
      const header = Buffer.alloc(46)
      header.writeUInt32LE(0x02014b50, 0)
      header.writeUInt16LE(20, 4)
      header.writeUInt16LE(20, 6)
      header.writeUInt16LE(FLAGS, 8)
      header.writeUInt16LE(8, 10)
      header.writeUInt16LE(DOS_DATE, 14)
      header.writeUInt32LE(crc, 16)
      header.writeUInt32LE(packedSize, 20)
      header.writeUInt32LE(unpacked, 24)
      header.writeUInt16LE(name.length, 28)
      header.writeUInt32LE(start, 42)
      return [header, name]
    }),
  )
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([list, end])
}

function tooLarge(): SourceError {
  return new SourceError(
    'FORMAT_CANNOT_HOLD',
    'A workbook can have 4 GiB, and the table needs more. Take another format, such as Parquet.',
    { data: { limit: LARGEST } },
  )
}
