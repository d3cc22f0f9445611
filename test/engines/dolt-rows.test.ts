import { readdirSync, writeFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { BitSet } from '../../dist/engines/dolt/saving/bit-set.js'
import { sortedLines } from '../../dist/engines/dolt/tables/sorted-lines.js'
import { ownFolder } from '../formats/files.ts'

const folder = ownFolder()
afterAll(folder.remove)

/** A line of a staged row: hash, number and a cell. */
function lineOf(row: number, number: number): string {
  const hash = ((row * 2654435761) >>> 0).toString(16).padStart(8, '0').repeat(4)
  return `${hash}\t${number.toString(16).padStart(12, '0')}\tcell ${row}`
}

test.for([1 << 20, 5000, 200])(
  'lines are sorted by their hashes, %d bytes at a time, and no file is left',
  async (inMemory) => {
    // A third of the rows are one: they can't be parted.
    const lines = Array.from({ length: 2000 }, (_, index) => lineOf(index % 3 === 0 ? 7 : index % 500, index))
    const path = folder.path('lines')
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''), 'latin1')
    const sorted: string[] = []
    for await (const batch of sortedLines(path, inMemory)) sorted.push(...batch)
    expect(sorted).toEqual(lines.toSorted())
    expect(readdirSync(folder.path('.'))).toEqual(['lines'])
  },
)

test('a set of numbers tells how many are below one', () => {
  const set = new BitSet(100)
  const numbers = [0, 1, 31, 32, 63, 64, 99]
  for (const number of numbers) set.add(number)
  for (let number = 0; number < 100; number++)
    expect([number, set.rank(number)]).toEqual([number, numbers.filter((one) => one < number).length])
})
