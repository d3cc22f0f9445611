import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readCells } from './files.ts'

const FOLDER = 'test/formats/golden'

describe.each(['json', 'jsonl', 'parquet', 'arrow', 'xlsx'])('golden files of %s', (format) => {
  const files = readdirSync(`${FOLDER}/${format}`).filter((file) => !file.endsWith('.cells.json'))
  it.each(files)('%s', async (file) => {
    const { columns, rows } = await readCells(format, `${FOLDER}/${format}/${file}`)
    expect({ columns, rows }).toEqual(JSON.parse(readFileSync(`${FOLDER}/${format}/${file}.cells.json`, 'utf8')))
  })
})

it('the same values, written by the same library, are the same cells in Parquet and in Arrow', () => {
  const cells = (file: string) => readFileSync(`${FOLDER}/${file}.cells.json`, 'utf8')
  expect(cells('parquet/types-zstd.parquet')).toBe(cells('arrow/types-zstd.arrow'))
})
