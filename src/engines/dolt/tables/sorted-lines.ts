import { readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { temporaryBeside } from '../../../system/temporary.ts'
import { ROW_HASH } from '../../staging/row-hash.ts'
import { linesOf, LineFile } from './line-file.ts'

/** Bytes of a file that is sorted in memory; a larger one is parted by the first digit of its lines, and so on. */
const IN_MEMORY = 1 << 25
/** Digits of a row's hash, with which lines begin. */
export const HASH_DIGITS: number = ROW_HASH * 2

/** The lines that have the same first digits. */
interface Part {
  path: string
  out: LineFile
  hash: string
  /** Whether all have the same hash. */
  isOne: boolean
}

/**
 * The lines of a spooled file in the order of the hashes that they begin with, those of equal rows as they stand in
 * the file. Each character is a byte.
 * @param inMemory bytes of a file that is sorted in memory
 * @param digit the first one that the lines may differ in
 */
export async function* sortedLines(path: string, inMemory: number = IN_MEMORY, digit = 0): AsyncGenerator<string[]> {
  if (statSync(path).size <= inMemory) {
    const text = readFileSync(path, 'latin1')
    if (text !== '') yield text.slice(0, -1).split('\n').toSorted(byText)
    return
  }
  const parts = new Map<string, Part>()
  try {
    for await (const lines of linesOf(path, 'latin1')) for (const line of lines) put(parts, path, line, digit)
    for (const { out } of parts.values()) out.finish()
    for (const first of [...parts.keys()].toSorted()) {
      const part = parts.get(first)!
      yield* part.isOne ? linesOf(part.path, 'latin1') : sortedLines(part.path, inMemory, digit + 1)
      rmSync(part.path)
    }
  } finally {
    for (const part of parts.values()) {
      part.out.finish()
      rmSync(part.path, { force: true })
    }
  }
}

function put(parts: Map<string, Part>, path: string, line: string, digit: number): void {
  let part = parts.get(line[digit]!)
  if (!part) {
    const own = temporaryBeside(join(dirname(path), 'stage'))
    part = { path: own, out: new LineFile(own), hash: line.slice(0, HASH_DIGITS), isOne: true }
    parts.set(line[digit]!, part)
  }
  part.isOne &&= line.startsWith(part.hash)
  part.out.line(line)
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
