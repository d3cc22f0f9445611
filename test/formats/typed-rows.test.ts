import { createWriteStream } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { spansOf } from '../../dist/engines/staging/spans-of.js'
import type { Piece, SpanBatch, TextCell } from '../../dist/formats/format.js'
import { loadFormat } from '../../dist/formats/index.js'
import { open } from '../../dist/index.js'
import { ownFolder, readHere } from './files.ts'

/* Formats whose columns have types, where rows behind the first ones are something else. */

const ROWS = 150_000
const folder = ownFolder()

afterAll(() => folder.remove())

function rowsEnding(...last: TextCell[]): TextCell[][] {
  const rows = Array.from({ length: ROWS }, (_, index): TextCell[] => [String(index), index % 3 ? null : '0.5', null])
  return [...rows, last]
}

/** Writes rows to a file, as a load does; gives how often they were asked for. */
async function written(format: string, rows: TextCell[][], path: string, revocable: boolean): Promise<number> {
  let passes = 0
  async function* batches(): AsyncGenerator<SpanBatch> {
    passes++
    for (let at = 0; at < rows.length; at += 10_000)
      yield { ...spansOf(rows.slice(at, at + 10_000), 3), firstLine: at + 1, lines: undefined }
  }
  const columns = ['a', 'b', 'c'].map((name) => ({ name, type: 'any' as const }))
  const pieces: Piece[] = []
  for await (const piece of (await loadFormat(format)).write({ columns, batches }, { revocable }))
    if (piece) pieces.push(piece)
    else if (revocable) pieces.length = 0
    else throw new Error('a stream takes nothing back')
  const file = createWriteStream(path)
  for (const piece of pieces) file.write(piece)
  await new Promise<void>((done) => file.end(done))
  return passes
}

describe.each(['parquet', 'arrow'])('the format %s', (format) => {
  it.each([
    ['like the first ones', ['1', '0.25', null], 1],
    ['of another kind', ['a', '7', null], 2],
    ['with a value in an empty column', ['1', '1', '2024-02-29'], 2],
  ] as const)('writes rows %s', async (_, last, passes) => {
    const rows = rowsEnding(...last)
    const path = folder.path(`rows.${format}`)
    expect(await written(format, rows, path, true)).toBe(passes)
    const cells = await readHere(format, path)
    expect(cells.rows.length).toBe(rows.length)
    expect(cells.rows.findIndex((row, index) => row.some((cell, at) => cell !== rows[index]![at]))).toBe(-1)
  })

  it('takes nothing back of a stream', async () => {
    const rows = rowsEnding('a', '7', null)
    const path = folder.path(`stream.${format}`)
    expect(await written(format, rows, path, false)).toBe(2)
    expect((await readHere(format, path)).rows.at(-1)).toEqual(['a', '7', null])
    expect(await written(format, rows.slice(0, 1000), path, false)).toBe(1)
  })
})

it('loads a file anew whose last row is of another kind', async () => {
  await using db = await open(folder.path('anew.db'))
  const rows = rowsEnding('a', '7', '2024-02-29')
  await db.save('t', { rows, columns: ['a', 'b', 'c'] }, { key: 'a' })
  const path = folder.path('anew.parquet')
  await db.load('t', path)
  expect(await db.save('t', path)).toMatchObject({ changed: false, rows: ROWS + 1 })
})
