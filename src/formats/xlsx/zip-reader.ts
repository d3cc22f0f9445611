import { createReadStream } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { createInflateRaw } from 'node:zlib'
import { SourceError } from '../../errors.ts'

/** Beyond this many bytes, a part that is packed more tightly than this is taken for a bomb. Real sheets reach 30. */
const SUSPICIOUS_BYTES = 2 ** 26
const SUSPICIOUS_RATIO = 200
/** In bytes: the list of the parts. */
const LONGEST_DIRECTORY = 2 ** 24

interface Entry {
  method: number
  packed: number
  offset: number
}

/** A ZIP file's parts ("APPNOTE.TXT", PKWARE), each read as a stream. */
export class ZipReader {
  readonly #path: string
  readonly #entries: Map<string, Entry>

  private constructor(path: string, parts: Map<string, Entry>) {
    this.#path = path
    this.#entries = parts
  }

  static async open(path: string): Promise<ZipReader> {
    const file = await open(path, 'r')
    try {
      return new ZipReader(path, await directory(file))
    } finally {
      await file.close()
    }
  }

  has(name: string): boolean {
    return this.#entries.has(key(name))
  }

  /** The bytes of a part. @throws {SourceError} FORMAT_LIMIT */
  async *bytes(name: string): AsyncGenerator<Buffer> {
    const entry = this.#entries.get(key(name))
    if (!entry) throw new Error(`its part ${name} is missing`)
    const { method, packed, offset } = entry
    if (method !== 0 && method !== 8)
      throw new Error(`its part ${name} is packed in a way that is not supported (${method})`)
    const start = offset + 30 + (await this.#namesLength(offset))
    if (packed === 0) return
    const raw = createReadStream(this.#path, { start, end: start + packed - 1, highWaterMark: 1 << 18 })
    if (method === 0) return yield* raw as AsyncIterable<Buffer>
    const inflate = createInflateRaw({ chunkSize: 1 << 18 })
    raw.on('error', (error) => inflate.destroy(error))
    let unpacked = 0
    try {
      for await (const chunk of raw.pipe(inflate) as AsyncIterable<Buffer>) {
        unpacked += chunk.length
        if (unpacked > SUSPICIOUS_BYTES && unpacked > packed * SUSPICIOUS_RATIO)
          throw new SourceError(
            'FORMAT_LIMIT',
            `Its part ${name} unpacks to more than ${SUSPICIOUS_RATIO} times its size, as a zip bomb does. If that is meant, save the sheet as CSV with another tool.`,
            { data: { part: name, packed, unpacked } },
          )
        yield chunk
      }
    } finally {
      raw.destroy()
      inflate.destroy()
    }
  }

  /** A part's name and extra field stand before its bytes once more, in another length. */
  async #namesLength(offset: number): Promise<number> {
    const file = await open(this.#path, 'r')
    try {
      const header = await part(file, offset, 30)
      if (header.readUInt32LE(0) !== 0x04034b50) throw new Error('a part does not begin where the list says')
      return header.readUInt16LE(26) + header.readUInt16LE(28)
    } finally {
      await file.close()
    }
  }
}

async function directory(file: FileHandle): Promise<Map<string, Entry>> {
  const { size } = await file.stat()
  const head = await part(file, 0, Math.min(8, size))
  if (head.toString('hex').startsWith('d0cf11e0'))
    throw new Error('it is an encrypted workbook, or one of the old .xls format. Save it as .xlsx without a password')
  const tailLength = Math.min(size, 65_557)
  const tail = await part(file, size - tailLength, tailLength)
  const at = tail.lastIndexOf(Buffer.from('504b0506', 'hex'))
  if (at === -1 || at + 22 > tail.length) throw new Error('it is no ZIP file, as a workbook is')
  let count = tail.readUInt16LE(at + 10)
  let length = tail.readUInt32LE(at + 12)
  let offset = tail.readUInt32LE(at + 16)
  if ((offset === 0xffffffff || count === 0xffff) && at >= 20 && tail.readUInt32LE(at - 20) === 0x07064b50) {
    const end = await part(file, Number(tail.readBigUInt64LE(at - 12)), 56)
    if (end.readUInt32LE(0) !== 0x06064b50) throw new Error('its ZIP64 record is not where it should be')
    count = Number(end.readBigUInt64LE(32))
    length = Number(end.readBigUInt64LE(40))
    offset = Number(end.readBigUInt64LE(48))
  }
  if (length > LONGEST_DIRECTORY || offset + length > size)
    throw new Error('its list of parts lies outside of the file')
  return entries(await part(file, offset, length), count, size)
}

function entries(list: Buffer, count: number, size: number): Map<string, Entry> {
  const found = new Map<string, Entry>()
  let at = 0
  for (let index = 0; index < count; index++) {
    if (list.readUInt32LE(at) !== 0x02014b50) throw new Error('its list of parts is broken')
    if (list.readUInt16LE(at + 8) & 1) throw new Error('it is encrypted')
    const nameLength = list.readUInt16LE(at + 28)
    const extraLength = list.readUInt16LE(at + 30)
    const name = list.toString('utf8', at + 46, at + 46 + nameLength)
    const extra = list.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength)
    const entry = {
      method: list.readUInt16LE(at + 10),
      ...wideSizes(extra, list.readUInt32LE(at + 20), list.readUInt32LE(at + 24), list.readUInt32LE(at + 42)),
    }
    if (entry.offset + 30 + entry.packed > size) throw new Error(`its part ${name} lies outside of the file`)
    found.set(key(name.replace(/^\//, '')), entry)
    at += 46 + nameLength + extraLength + list.readUInt16LE(at + 32)
  }
  return found
}

/** Parts' names are the same in capitals (ECMA-376, part 2). */
function key(name: string): string {
  return name.toLowerCase()
}

/** ZIP64: what does not fit 32 bits stands in an extra field, in this order. */
function wideSizes(
  extra: Buffer,
  packed: number,
  unpacked: number,
  offset: number,
): { packed: number; offset: number } {
  const wide: { packed: number; offset: number } = { packed, offset }
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    let next = at + 4
    if (unpacked === 0xffffffff) next += 8
    if (packed === 0xffffffff) {
      wide.packed = Number(extra.readBigUInt64LE(next))
      next += 8
    }
    if (offset === 0xffffffff) wide.offset = Number(extra.readBigUInt64LE(next))
  }
  return wide
}

async function part(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await file.read(bytes, 0, length, from)
  if (bytesRead < length) throw new Error('it ends too early')
  return bytes
}
