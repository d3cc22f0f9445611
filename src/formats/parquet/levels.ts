import type { Encoding } from 'hyparquet'
import { readRuns } from './runs.ts'

/** Takes the levels from the beginning of a page of version 1, where they lie behind one another. */
export function takeLevels(
  page: { rest: Uint8Array },
  greatest: number,
  entries: number,
  encoding: Encoding,
): Uint8Array | undefined {
  if (greatest === 0) return undefined
  const isPacked = encoding === 'BIT_PACKED'
  const start = isPacked ? 0 : 4
  const length = isPacked ? Math.ceil((entries * bitWidth(greatest)) / 8) : lengthOf(page.rest)
  const bytes = page.rest.subarray(start, start + length)
  if (bytes.length < length) throw new Error('the levels of a page reach beyond its end')
  page.rest = page.rest.subarray(start + length)
  return isPacked ? packedLevels(bytes, greatest, entries) : levels(bytes, greatest, entries)
}

/** The levels of a page's entries; undefined if there is no other than 0. */
export function levels(bytes: Uint8Array, greatest: number, entries: number): Uint8Array | undefined {
  if (greatest === 0) return undefined
  const output = new Uint8Array(entries)
  readRuns(bytes, bitWidth(greatest), output)
  for (const level of output) if (level > greatest) throw new Error(`a page has the level ${level} of ${greatest}`)
  return output
}

/** The form of levels that the first writers used: bit by bit, the highest first. */
function packedLevels(bytes: Uint8Array, greatest: number, entries: number): Uint8Array {
  const output = new Uint8Array(entries)
  const width = bitWidth(greatest)
  for (let entry = 0, bit = 0; entry < entries; entry++)
    for (const end = bit + width; bit < end; bit++)
      output[entry] = output[entry]! * 2 + ((bytes[bit >> 3]! >> (7 - (bit & 7))) & 1)
  return output
}

function lengthOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true)
}

function bitWidth(greatest: number): number {
  return 32 - Math.clz32(greatest)
}
