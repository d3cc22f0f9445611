import { readSync } from 'node:fs'

/** Reads a part of a file, in memory of its own. */
export function readExactly(file: number, from: number, length: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.allocUnsafeSlow(length)
  for (let done = 0; done < length;) {
    const read = readSync(file, bytes, done, length - done, from + done)
    if (read === 0) throw new Error('the file ends too early')
    done += read
  }
  return bytes
}
