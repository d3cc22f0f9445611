import { openSync, closeSync, writeSync, createReadStream } from 'node:fs'
import { tmpdir } from 'node:os'

/*
 * Staged rows lie in a file just as LOAD DATA reads them: cells parted by tabs, rows by line ends, both escaped
 * within cells, NULL as \N. Dolt takes an unquoted cell of the four letters NULL for NULL, however it is escaped:
 * such rows lie in a second file, and go by INSERT.
 * Rows of a table without a key all lie in the first file, each behind its hash and its number.
 */

const ROOM: number = 1 << 20
export const NEWLINE = 10
const BACKSLASH = 92
export const TAB = 9

/** Where spool files lie: a server has no place for them. */
export const STAGE_FOLDER: string = tmpdir()

/** A buffered file of rows. */
export class LineFile {
  length = 0
  /** How many bytes were in the file after each time that whole rows were written to it. */
  readonly ends: number[] = []
  readonly #descriptor: number
  #buffer: Buffer = Buffer.allocUnsafe(ROOM * 2)
  #open = true

  constructor(path: string) {
    this.#descriptor = openSync(path, 'wx', 0o600)
  }

  byte(byte: number): void {
    if (this.length === this.#buffer.length) this.#grow(1)
    this.#buffer[this.length++] = byte
  }

  null(): void {
    this.byte(BACKSLASH)
    this.byte(78)
  }

  cell(bytes: Buffer, start: number, end: number): void {
    if (this.#buffer.length - this.length < (end - start) * 2) this.#grow((end - start) * 2)
    const buffer = this.#buffer
    let at = this.length
    for (let from = start; from < end; from++) {
      const byte = bytes[from]!
      if (byte > NEWLINE && byte !== BACKSLASH) buffer[at++] = byte
      else {
        const escape =
          byte === BACKSLASH ? BACKSLASH : byte === NEWLINE ? 110 : byte === TAB ? 116 : byte === 0 ? 48 : -1
        if (escape !== -1) buffer[at++] = BACKSLASH
        buffer[at++] = escape === -1 ? byte : escape
      }
    }
    this.length = at
  }

  /** A text of bytes, one a character. */
  latin1(text: string): void {
    if (this.#buffer.length - this.length < text.length) this.#grow(text.length)
    this.length += this.#buffer.write(text, this.length, 'latin1')
  }

  raw(bytes: Buffer): void {
    if (this.#buffer.length - this.length < bytes.length) this.#grow(bytes.length)
    this.length += bytes.copy(this.#buffer, this.length)
  }

  /** The bytes since `start`, which are no longer part of the file. */
  takeBack(start: number): Buffer {
    const taken = Buffer.from(this.#buffer.subarray(start, this.length))
    this.length = start
    return taken
  }

  /** A whole line, as `latin1`. */
  line(text: string): void {
    this.latin1(text)
    this.byte(NEWLINE)
    this.rowEnded()
  }

  rowEnded(): void {
    if (this.length >= ROOM) this.#flush()
  }

  finish(): void {
    if (!this.#open) return
    this.#open = false
    this.#flush()
    closeSync(this.#descriptor)
  }

  #flush(): void {
    for (let done = 0; done < this.length;) done += writeSync(this.#descriptor, this.#buffer, done, this.length - done)
    if (this.length > 0) this.ends.push((this.ends.at(-1) ?? 0) + this.length)
    this.length = 0
  }

  #grow(more: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.length + more))
    this.#buffer.copy(larger, 0, 0, this.length)
    this.#buffer = larger
  }
}

/** The lines of a spooled file, in batches. */
export async function* linesOf(path: string, encoding: 'utf8' | 'latin1'): AsyncGenerator<string[]> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: ROOM })) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
    const end = bytes.lastIndexOf(NEWLINE) + 1
    rest = bytes.subarray(end)
    if (end > 0) yield bytes.toString(encoding, 0, end - 1).split('\n')
  }
}

/** The rows of a spooled file, as they were, in batches. */
export async function* spooledRows(path: string): AsyncGenerator<(string | null)[][]> {
  for await (const lines of linesOf(path, 'utf8')) yield lines.map(cellsOf)
}

function cellsOf(line: string): (string | null)[] {
  return line.split('\t').map((cell) => (cell === '\\N' ? null : cell.includes('\\') ? unescaped(cell) : cell))
}

function unescaped(cell: string): string {
  return cell.replace(/\\(.)/gs, (_, letter: string) =>
    letter === 'n' ? '\n' : letter === 't' ? '\t' : letter === '0' ? '\0' : letter,
  )
}

export function charactersOf(bytes: Buffer, start: number, end: number): number {
  let characters = 0
  for (let at = start; at < end; at++) if ((bytes[at]! & 0xc0) !== 0x80) characters++
  return characters
}
