/**
 * Reads runs of equal numbers and packed ones ("Run Length Encoding / Bit-Packing Hybrid") until the output is full. The
 * library's reader fills its output as far as a run says, which may be 2^30 values out of three bytes.
 * @param bytes nothing but the runs, and what follows them
 * @param width bits that a number has, up to 32
 */
export function readRuns(bytes: Uint8Array, width: number, output: Uint8Array | Int32Array): void {
  const size = Math.ceil(width / 8)
  let at = 0
  for (let done = 0; done < output.length;) {
    let header = 0
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined || shift > 28) throw new Error('the runs of a page end too early')
      header |= (byte & 127) << shift
      more = byte > 127
    }
    const isPacked = (header & 1) === 1
    const count = Math.min(isPacked ? (header >>> 1) * 8 : header >>> 1, output.length - done)
    const length = isPacked ? (header >>> 1) * width : size
    // Of the last group that is packed, some writers leave out what is no number any more.
    if (at + (isPacked ? Math.ceil((count * width) / 8) : size) > bytes.length)
      throw new Error('a run of a page reaches beyond its end')
    if (isPacked) unpack(bytes, at, width, output, done, count)
    else output.fill(littleEndian(bytes, at, size), done, done + count)
    at += length
    done += count
  }
}

function unpack(
  bytes: Uint8Array,
  from: number,
  width: number,
  output: Uint8Array | Int32Array,
  to: number,
  count: number,
): void {
  const mask = width === 32 ? -1 : (1 << width) - 1
  for (let index = 0, bit = 0; index < count; index++, bit += width) {
    const at = from + Math.floor(bit / 8)
    const shift = bit & 7
    let number = littleEndian(bytes, at, 4) >>> shift
    if (shift + width > 32) number |= bytes[at + 4]! << (32 - shift)
    output[to + index] = number & mask
  }
}

/** Bytes beyond the end count as 0. */
function littleEndian(bytes: Uint8Array, at: number, size: number): number {
  let number = 0
  for (let index = 0; index < size; index++) number |= (bytes[at + index] ?? 0) << (index * 8)
  return number
}
