import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { ownFolder, readHere, writeHere } from './files.ts'

const DATA = 'node_modules/vega-datasets/data'

describe('the JSON files of vega-datasets', () => {
  const files = readdirSync(DATA).filter((file) => file.endsWith('.json'))
  const tables = files.filter((file) => {
    const value: unknown = JSON.parse(readFileSync(`${DATA}/${file}`, 'utf8'))
    return Array.isArray(value) && value.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row))
  })

  it.each(tables)('%s has the cells that JSON.parse gives', async (file) => {
    const expected = JSON.parse(readFileSync(`${DATA}/${file}`, 'utf8')) as Record<string, unknown>[]
    const { columns, rows } = await readHere('json', `${DATA}/${file}`)
    expect(new Set(columns)).toEqual(new Set(expected.flatMap((row) => Object.keys(row))))
    expect(rows.length).toBe(expected.length)
    rows.forEach((row, index) => {
      columns.forEach((name, column) => {
        const cell = row[column]!
        const value = expected[index]![name] ?? null
        if (value === null || typeof value === 'string') expect(cell).toBe(value)
        else expect(JSON.parse(cell)).toEqual(value)
      })
    })
  })

  it.each(files.filter((file) => !tables.includes(file)))('%s is no table', async (file) => {
    await expect(readHere('json', `${DATA}/${file}`)).rejects.toMatchObject({ code: 'FORMAT_INVALID' })
  })
})

describe('the Arrow file of vega-datasets', () => {
  const folder = ownFolder()
  afterAll(folder.remove)

  it('has the rows of its JSON twin, and is the same in every format', { timeout: 120_000 }, async () => {
    const { columns, rows } = await readHere('arrow', `${DATA}/flights-200k.arrow`)
    const twin = JSON.parse(readFileSync(`${DATA}/flights-200k.json`, 'utf8')) as Record<string, unknown>[]
    expect(rows.length).toBe(twin.length)
    expect(columns).toEqual(Object.keys(twin[0]!))
    for (let index = 0; index < rows.length; index += 997) {
      const row = Object.fromEntries(columns.map((name, column) => [name, Number(rows[index]![column])]))
      for (const name of columns) expect(row[name]).toBeCloseTo(Number(twin[index]![name]), 3)
    }
    const some = rows.slice(0, 20_000)
    for (const format of ['jsonl', 'json', 'parquet', 'arrow', 'xlsx']) {
      await writeHere(format, folder.path(`f.${format}`), columns, some, { page: 5000 })
      expect((await readHere(format, folder.path(`f.${format}`))).rows).toEqual(some)
    }
  })
})
