import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip, createGzip } from 'node:zlib'
import { SourceError } from '../errors.ts'

/** Beyond this many bytes, text that gzip packed more tightly than this is taken for a bomb. Real tables reach 50. */
const SUSPICIOUS_BYTES = 2 ** 27
const SUSPICIOUS_RATIO = 250

/** A file's bytes in chunks, unpacked where they are packed. @throws {SourceError} FORMAT_INVALID, FORMAT_LIMIT */
export function fileBytes(path: string, gzip: boolean): AsyncIterable<Buffer> {
  const bytes = createReadStream(path, { highWaterMark: 1 << 20 })
  return gzip ? unpack(bytes) : bytes
}

/** @throws {SourceError} FORMAT_INVALID, FORMAT_LIMIT */
export async function* unpack(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 1 << 18 })
  const source = Readable.from(counted(packed))
  let read = 0
  let written = 0
  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      read += chunk.length
      yield chunk
    }
  }
  source.on('error', (error) => gunzip.destroy(error))
  source.pipe(gunzip)
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      written += chunk.length
      if (written > SUSPICIOUS_BYTES && written > read * SUSPICIOUS_RATIO)
        throw new SourceError(
          'FORMAT_LIMIT',
          `The packed file unpacks to more than ${SUSPICIOUS_RATIO} times its size, as a gzip bomb does. If that is meant, unpack it yourself (gunzip FILE) and save the result.`,
          { data: { packed: read, unpacked: written } },
        )
      yield chunk
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (!code?.startsWith('Z_')) throw error
    throw new SourceError(
      'FORMAT_INVALID',
      `The file can't be unpacked as gzip: ${(error as Error).message}. Is it whole, and packed at all?`,
      { data: { format: 'gz', reason: (error as Error).message }, cause: error },
    )
  } finally {
    source.destroy()
    gunzip.destroy()
  }
}

/** Packs text: the same bytes for the same text, at any time: gzip's header has no date. */
export async function* pack(text: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip({ chunkSize: 1 << 18 })
  const source = Readable.from(text)
  source.on('error', (error) => gzip.destroy(error))
  source.pipe(gzip)
  try {
    yield* gzip as AsyncIterable<Buffer>
  } finally {
    source.destroy()
    gzip.destroy()
  }
}
