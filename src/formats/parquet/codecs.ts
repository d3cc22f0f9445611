import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { decompress as decompressZstd } from 'fzstd'
import { snappyUncompress, type CompressionCodec } from 'hyparquet'
import { SourceError } from '../../errors.ts'
import { lz4Block, lz4Hadoop } from '../lz4.ts'

/** In bytes, unpacked. Writers make pages of 1 MB. */
const LARGEST_PAGE = 2 ** 28

/** @throws {SourceError} FORMAT_LIMIT */
export function limited(value: number, limit: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`a ${what} has the odd size ${value}`)
  if (value <= limit) return value
  throw new SourceError(
    'FORMAT_LIMIT',
    `A ${what} of the file has the size ${value}, and at most ${limit} are read. Is it whole? If it is, write it again with smaller parts.`,
    { data: { size: value, limit } },
  )
}

/** What a page unpacks to is no more than it says, and that is limited: a small file can't fill the memory. */
function bounded(
  unpack: (input: Uint8Array, length: number) => Uint8Array,
): (input: Uint8Array, length: number) => Uint8Array {
  return (input, length) => unpack(input, limited(length, LARGEST_PAGE, 'page'))
}

export const decompressors: { [Codec in CompressionCodec]?: (input: Uint8Array, length: number) => Uint8Array } = {
  SNAPPY: bounded((input, length) => {
    const output = new Uint8Array(length)
    snappyUncompress(input, output)
    return output
  }),
  GZIP: bounded((input, length) => gunzipSync(input, { maxOutputLength: Math.max(length, 1) })),
  BROTLI: bounded((input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(length, 1) })),
  ZSTD: bounded((input, length) => decompressZstd(input, new Uint8Array(length))),
  LZ4: bounded((input, length) => lz4Hadoop(input, new Uint8Array(length))),
  LZ4_RAW: bounded((input, length) => lz4Block(input, new Uint8Array(length))),
}
