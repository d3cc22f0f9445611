/** Unpacks an LZ4 block ("LZ4 Block Format Description") into bytes of just its size. */
export function lz4Block(input: Uint8Array, output: Uint8Array): Uint8Array {
  if (unpackBlock(input, output, 0) !== output.length) throw new Error('an LZ4 block has another size than it says')
  return output
}

/** Unpacks what Parquet's codec LZ4 is: blocks as Hadoop writes them, each behind its two sizes, or one block as it is. */
export function lz4Hadoop(input: Uint8Array, output: Uint8Array): Uint8Array {
  return unpackHadoop(input, output) ? output : lz4Block(input, output)
}

/** @returns whether the input is of that form */
function unpackHadoop(input: Uint8Array, output: Uint8Array): boolean {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  let to = 0
  for (let at = 0; at < input.length;) {
    if (at + 8 > input.length) return false
    const end = to + view.getUint32(at)
    const next = at + 8 + view.getUint32(at + 4)
    if (end > output.length || next > input.length) return false
    try {
      lz4Block(input.subarray(at + 8, next), output.subarray(to, end))
    } catch {
      return false
    }
    at = next
    to = end
  }
  return to === output.length
}

/** Unpacks LZ4 frames ("LZ4 Frame Format Description"), whose checksums are not looked at. */
export function lz4Frames(input: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length)
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  let at = 0
  let to = 0
  while (at < input.length) {
    if (view.getUint32(at, true) !== 0x184d2204) throw new Error('an LZ4 frame does not begin as one')
    const flags = input[at + 4]!
    at += 7 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0)
    for (;;) {
      const size = view.getUint32(at, true)
      at += 4
      if (size === 0) break
      const end = at + (size & 0x7fff_ffff)
      if (end > input.length) throw new Error('an LZ4 frame ends too early')
      const block = input.subarray(at, end)
      if (size >>> 31 === 0) to = unpackBlock(block, output, to)
      else if (to + block.length > length) throw new Error('an LZ4 frame unpacks to more than it says')
      else {
        output.set(block, to)
        to += block.length
      }
      at = end + (flags & 16 ? 4 : 0)
    }
    if (flags & 4) at += 4
  }
  if (to !== length) throw new Error('an LZ4 frame has another size than it says')
  return output
}

/** @returns where the output goes on */
function unpackBlock(input: Uint8Array, output: Uint8Array, start: number): number {
  let at = 0
  let to = start
  const count = (nibble: number): number => {
    let length = nibble
    if (nibble === 15) {
      let byte: number
      do {
        byte = input[at++] ?? 0
        length += byte
      } while (byte === 255)
    }
    return length
  }
  while (at < input.length) {
    const token = input[at++]!
    const literals = count(token >> 4)
    if (at + literals > input.length || to + literals > output.length)
      throw new Error('an LZ4 block reaches beyond its end')
    output.set(input.subarray(at, at + literals), to)
    at += literals
    to += literals
    if (at >= input.length) break
    const offset = input[at]! | (input[at + 1]! << 8)
    at += 2
    const length = count(token & 15) + 4
    if (offset === 0 || offset > to || to + length > output.length)
      throw new Error('an LZ4 block refers beyond its bounds')
    for (const end = to + length; to < end; to++) output[to] = output[to - offset]!
  }
  return to
}
