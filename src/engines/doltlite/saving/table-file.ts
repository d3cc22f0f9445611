import { closeSync, openSync, writeSync } from 'node:fs'

/*
 * Writes a stock SQLite file with one table, row by row, without an SQL statement a row: the engine attaches
 * it and copies the table with one INSERT … SELECT, which takes a third of the time of bound inserts
 * (docs/decisions.md). The format is https://www.sqlite.org/fileformat2.html; the sections named below are its.
 */

const PAGE = 65536
/** The page of the bytes that SQLite locks: it holds nothing ("The Lock-Byte Page"). */
const LOCK_PAGE = 2 ** 30 / PAGE + 1
const LEAF = 0x0d
const INTERIOR = 0x05
const PAGES_A_WRITE = 16
/** The most of a payload that a leaf holds itself, and the least if it overflows ("B-tree Cell Format"). */
const MAX_LOCAL = PAGE - 35
const MIN_LOCAL = Math.floor(((PAGE - 12) * 32) / 255) - 23
const OVERFLOW_ROOM = PAGE - 4

interface Child {
  page: number
  lastRow: number
}

/** A table file that is being written. Rows get the rowids 1, 2, 3, … */
export class TableFile {
  rows = 0
  /** Whether the file is whole and closed. */
  finished = false
  readonly #descriptor: number
  readonly #createSql: string
  /** Full pages that wait to be written together, and the number of the first of them. */
  readonly #waiting: Buffer = Buffer.allocUnsafe(PAGE * PAGES_A_WRITE)
  #waitingPages = 0
  #nextPage = 2
  readonly #leaf: Buffer = Buffer.alloc(PAGE)
  #cells = 0
  #content = PAGE
  readonly #leaves: Child[] = []

  /** @param createSql the table's CREATE TABLE statement; its name must be `rows` */
  constructor(path: string, createSql: string) {
    this.#descriptor = openSync(path, 'wx', 0o600)
    this.#createSql = createSql
  }

  /** Adds one record: its header without the length (serial types), and its body ("Record Format"). */
  add(header: Buffer, headerLength: number, body: Buffer, bodyLength: number): void {
    const sizeLength = headerLength < 127 ? 1 : headerLength < 16382 ? 2 : 3
    const payload = sizeLength + headerLength + bodyLength
    const rowid = ++this.rows
    if (payload > MAX_LOCAL) return this.#addLong(rowid, joined(header, headerLength, body, bodyLength, sizeLength))
    const size = varintLength(payload) + varintLength(rowid) + payload
    let at = this.#place(rowid, size)
    const page = this.#leaf
    at = putVarint(page, at, payload)
    at = putVarint(page, at, rowid)
    at = putVarint(page, at, sizeLength + headerLength)
    at += header.copy(page, at, 0, headerLength)
    body.copy(page, at, 0, bodyLength)
  }

  /** Writes what is left and the file's first page; the file is whole after it. */
  finish(): void {
    if (this.#cells > 0 || this.#leaves.length === 0) this.#endLeaf()
    let level = this.#leaves
    while (level.length > 1) level = this.#interiorLevel(level)
    const root = level[0]!.page
    this.#flush()
    this.#writeFirstPage(root)
    this.close()
    this.finished = true
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  /** Room for a cell of `size` bytes on the current leaf, or on a new one. */
  #place(rowid: number, size: number): number {
    if (this.#content - size < 8 + (this.#cells + 1) * 2) this.#endLeaf(rowid - 1)
    this.#content -= size
    this.#leaf.writeUInt16BE(this.#content, 8 + this.#cells++ * 2)
    return this.#content
  }

  #addLong(rowid: number, payload: Buffer): void {
    const spill = MIN_LOCAL + ((payload.length - MIN_LOCAL) % OVERFLOW_ROOM)
    const local = spill <= MAX_LOCAL ? spill : MIN_LOCAL
    const first = this.#writeOverflow(payload.subarray(local))
    const size = varintLength(payload.length) + varintLength(rowid) + local + 4
    let at = this.#place(rowid, size)
    at = putVarint(this.#leaf, at, payload.length)
    at = putVarint(this.#leaf, at, rowid)
    at += payload.copy(this.#leaf, at, 0, local)
    this.#leaf.writeUInt32BE(first, at)
  }

  #writeOverflow(rest: Buffer): number {
    const first = this.#upcoming
    for (let at = 0; at < rest.length; at += OVERFLOW_ROOM) {
      const page = this.#newPage()
      page.writeUInt32BE(at + OVERFLOW_ROOM < rest.length ? this.#upcoming : 0, 0)
      page.fill(0, 4 + rest.copy(page, 4, at, at + OVERFLOW_ROOM))
    }
    return first
  }

  #endLeaf(lastRow: number = this.rows): void {
    const number = this.#upcoming
    writeHeader(this.#leaf, 0, LEAF, this.#cells, this.#content)
    this.#leaf.copy(this.#newPage())
    this.#leaves.push({ page: number, lastRow })
    this.#cells = 0
    this.#content = PAGE
  }

  #interiorLevel(children: Child[]): Child[] {
    const level: Child[] = []
    const perPage = Math.floor((PAGE - 12) / (2 + 4 + 9))
    for (let at = 0; at < children.length; at += perPage) {
      const group = children.slice(at, at + perPage)
      const last = group.at(-1)!
      const number = this.#upcoming
      const page = this.#newPage().fill(0)
      let content = PAGE
      group.slice(0, -1).forEach((child, index) => {
        content -= 4 + varintLength(child.lastRow)
        page.writeUInt32BE(child.page, content)
        putVarint(page, content + 4, child.lastRow)
        page.writeUInt16BE(content, 12 + index * 2)
      })
      writeHeader(page, 0, INTERIOR, group.length - 1, content)
      page.writeUInt32BE(last.page, 8)
      level.push({ page: number, lastRow: last.lastRow })
    }
    return level
  }

  /** The number of the next page that holds something. */
  get #upcoming(): number {
    return this.#nextPage === LOCK_PAGE ? LOCK_PAGE + 1 : this.#nextPage
  }

  #newPage(): Buffer {
    if (this.#nextPage === LOCK_PAGE) this.#addPage().fill(0)
    return this.#addPage()
  }

  #addPage(): Buffer {
    if (this.#waitingPages === PAGES_A_WRITE) this.#flush()
    this.#nextPage++
    return this.#waiting.subarray(this.#waitingPages * PAGE, ++this.#waitingPages * PAGE)
  }

  #flush(): void {
    const start = (this.#nextPage - 1 - this.#waitingPages) * PAGE
    writeAll(this.#descriptor, this.#waiting.subarray(0, this.#waitingPages * PAGE), start)
    this.#waitingPages = 0
  }

  /** The database header and the schema table with its one row ("The Database Header", "The SQL Database Schema"). */
  #writeFirstPage(root: number): void {
    const page = Buffer.alloc(PAGE)
    page.write('SQLite format 3\0', 'latin1')
    page.writeUInt16BE(1, 16)
    page.set([1, 1, 0, 64, 32, 32], 18)
    page.writeUInt32BE(1, 24)
    page.writeUInt32BE(this.#nextPage - 1, 28)
    page.writeUInt32BE(1, 40)
    page.writeUInt32BE(4, 44)
    page.writeUInt32BE(1, 56)
    page.writeUInt32BE(1, 92)
    page.writeUInt32BE(3046000, 96)
    const sql = Buffer.from(this.#createSql)
    const header = Buffer.alloc(16)
    let length = 0
    for (const type of [23, 21, 21, 4, 13 + 2 * sql.length]) length = putVarint(header, length, type)
    const body = Buffer.concat([Buffer.from('tablerowsrows'), Buffer.alloc(4), sql])
    body.writeUInt32BE(root, 13)
    const payload = joined(header, length, body, body.length, 1)
    const content = PAGE - payload.length - varintLength(payload.length) - 1
    let at = putVarint(page, content, payload.length)
    at = putVarint(page, at, 1)
    payload.copy(page, at)
    writeHeader(page, 100, LEAF, 1, content)
    page.writeUInt16BE(content, 108)
    writeAll(this.#descriptor, page, 0)
  }
}

/** `write` may write less than it was given (a disk that fills up, a limit on file sizes). */
function writeAll(descriptor: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done)
}

function writeHeader(page: Buffer, at: number, type: number, cells: number, content: number): void {
  page[at] = type
  page.writeUInt16BE(0, at + 1)
  page.writeUInt16BE(cells, at + 3)
  page.writeUInt16BE(content === PAGE ? 0 : content, at + 5)
  page[at + 7] = 0
}

function joined(header: Buffer, headerLength: number, body: Buffer, bodyLength: number, sizeLength: number): Buffer {
  const payload = Buffer.allocUnsafe(sizeLength + headerLength + bodyLength)
  putVarint(payload, 0, sizeLength + headerLength)
  header.copy(payload, sizeLength, 0, headerLength)
  body.copy(payload, sizeLength + headerLength, 0, bodyLength)
  return payload
}

function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++
  return length
}

/** Writes a varint (up to 2^53) at `at`; returns where the next byte goes. */
export function putVarint(target: Buffer, at: number, value: number): number {
  if (value < 128) {
    target[at] = value
    return at + 1
  }
  const length = varintLength(value)
  let rest = value
  for (let index = length - 1; index >= 0; index--) {
    target[at + index] = (rest % 128) | (index === length - 1 ? 0 : 128)
    rest = Math.floor(rest / 128)
  }
  return at + length
}
