import { isUtf8 } from 'node:buffer'

/** What ends the text: bytes that are not UTF-8, or a NUL byte. */
export interface TextFault {
  code: 'CSV_ENCODING' | 'CSV_NUL'
  /** The byte at fault. */
  byte: number
  /** The encoding that the file's first bytes name, if it is another than UTF-8. */
  mark: string | undefined
}

/** Enough for the longest byte order mark, that of UTF-32. */
export const markBytes = 4

export const utf8Mark: Buffer = Buffer.from('\ufeff')

/** The encoding, not UTF-8, that a byte order mark names. UTF-32 comes first: its mark begins as UTF-16's does. */
export function otherEncoding(bytes: Buffer): string | undefined {
  const hex = bytes.toString('hex', 0, markBytes)
  if (hex === 'fffe0000' || hex === '0000feff') return 'UTF-32'
  return hex.startsWith('fffe') || hex.startsWith('feff') ? 'UTF-16' : undefined
}

/** How many bytes are text: all of them, or those before the first that is not UTF-8 or is NUL. */
export function textLength(bytes: Buffer): number {
  const valid = isUtf8(bytes) ? bytes.length : firstInvalid(bytes)
  const nul = bytes.indexOf(0)
  return nul === -1 ? valid : Math.min(nul, valid)
}

/** How many bytes at the end begin a character that the next chunk finishes. */
export function unfinished(bytes: Buffer): number {
  for (let count = 1; count <= 3 && count <= bytes.length; count++) {
    const byte = bytes[bytes.length - count]!
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return sequenceLength(byte) > count ? count : 0
  }
  return 0
}

/** How many bytes a character has that begins with this one. */
export function sequenceLength(lead: number): number {
  if (lead < 0xc0) return 1
  if (lead < 0xe0) return 2
  return lead < 0xf0 ? 3 : 4
}

/** Where the first ill-formed sequence begins. */
function firstInvalid(bytes: Buffer): number {
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at]!
    const length = lead < 0x80 ? 1 : sequenceLength(lead)
    if (lead >= 0x80 && !isUtf8(bytes.subarray(at, at + length))) return at
    at += length
  }
  return at
}
