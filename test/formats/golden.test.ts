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

it.each(['types-zstd', 'nested', 'proto'])('%s: the same values are the same cells in Parquet and in Arrow', (name) => {
  const cells = (file: string) => readFileSync(`${FOLDER}/${file}.cells.json`, 'utf8')
  expect(cells(`parquet/${name}.parquet`)).toBe(cells(`arrow/${name}.arrow`))
})
