import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryBeside } from '../../../system/temporary.ts'
import type { Row } from '../../../types.ts'
import type { RowStream } from '../connection/connection.ts'
import { LineFile, STAGE_FOLDER } from './line-file.ts'
import { sortedLines } from './sorted-lines.ts'

/** Rows that are handed on page by page. */
export interface RowPages {
  next(): Promise<Row[] | undefined>
  close(): void
}

/** Rows of a page; a table of no more is put in order in one go. */
const PAGE = 1000
/** Hex digits of a place, and of a row's number. */
const DIGITS = 12

/**
 * Rows in the order of the numbers that they begin with, which are left out; equal ones as they come. They are sorted
 * here, on disk if they are many: the server would hold them all, and reads them by an index ten times as slowly.
 * @param greatest the largest number that a row begins with
 */
export function inSavedOrder(stream: RowStream, greatest: number): RowPages {
  const path = temporaryBeside(join(STAGE_FOLDER, 'order'))
  const pages = sortedPages(stream, path, DIGITS - greatest.toString(16).length)
  return {
    next: async () => (await pages.next()).value ?? undefined,
    close() {
      void pages.return(undefined)
      rmSync(path, { force: true })
      stream.close()
    },
  }
}

async function* sortedPages(stream: RowStream, path: string, digit: number): AsyncGenerator<Row[], undefined> {
  try {
    await spool(stream, path)
    for await (const lines of sortedLines(path, undefined, digit))
      for (let at = 0; at < lines.length; at += PAGE) yield lines.slice(at, at + PAGE).map(rowOf)
  } finally {
    rmSync(path, { force: true })
  }
  return undefined
}

async function spool(stream: RowStream, path: string): Promise<void> {
  const out = new LineFile(path)
  let number = 0
  try {
    for (let rows = await stream.next(); rows; rows = await stream.next())
      for (const [place, ...cells] of rows) out.line(`${hex(Number(place))}${hex(number++)}${latin1(cells)}`)
  } finally {
    out.finish()
  }
}

function hex(number: number): string {
  return number.toString(16).padStart(DIGITS, '0')
}

/** Cells as the driver gives them: texts, numbers and null. */
function latin1(cells: Row): string {
  return Buffer.from(JSON.stringify(cells)).toString('latin1')
}

function rowOf(line: string): Row {
  return JSON.parse(Buffer.from(line.slice(2 * DIGITS), 'latin1').toString()) as Row
}
