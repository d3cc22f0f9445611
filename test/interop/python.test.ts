import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open, type Database } from '../../dist/index.js'
import { ownFolder, readCells, writeCells } from '../formats/files.ts'
import { pythonWithPackages } from './python.ts'

const COLUMNS = [
  { name: 'id', type: 'any' },
  { name: 'n', type: 'any' },
  { name: 'r', type: 'any' },
  { name: 't', type: 'any' },
  { name: 'zip', type: 'text' },
  { name: 'price', type: 'decimal(2)' },
  { name: 'b', type: 'any' },
  { name: 'd', type: 'any' },
  { name: 'ts', type: 'any' },
  { name: 'utc', type: 'any' },
  { name: 'nothing', type: 'any' },
] as const
const ROWS = [
  [
    '1',
    '9007199254740993',
    '0.1',
    'é\n"<&>',
    '10001',
    '0.50',
    'true',
    '2024-02-29',
    '2024-02-29T12:34:56.125',
    '2024-02-29T12:34:56Z',
    null,
  ],
  [
    '2',
    '-5',
    '1e+21',
    '',
    '02134',
    '-12.00',
    'false',
    '1999-12-31',
    '1999-12-31T23:59:59',
    '1970-01-01T00:00:00Z',
    null,
  ],
  ['3', null, null, null, null, null, null, null, null, null, null],
]

const found = pythonWithPackages()
const required = process.env['CI'] === 'true'

describe.skipIf(found.missing !== undefined && !required)(
  `pandas, pyarrow and openpyxl (${found.missing ?? 'from PyPI'}; CI must have them)`,
  { timeout: 300_000 },
  () => {
    const folder = ownFolder()
    let seen: Record<string, { types: string[]; rows: unknown[][] }> & {
      pandas: Record<string, Record<string, string>>
    }
    let db: Database

    beforeAll(async () => {
      if (found.missing !== undefined) throw new Error(found.missing)
      for (const format of ['parquet', 'arrow', 'xlsx', 'json', 'jsonl'])
        await writeCells(format, folder.path(`ours.${format}`), COLUMNS, ROWS)
      db = await open(folder.path('interop.db'))
      await db.save('t', folder.path('ours.parquet'), { key: 'id' })
      await db.load('t', folder.path('ours.csv.gz'))
      seen = JSON.parse(execFileSync(found.python, ['test/interop/interop.py', folder.path('')], { encoding: 'utf8' }))
    }, 300_000)
    afterAll(async () => {
      await db?.close()
      folder.remove()
    })

    it.each(['parquet', 'arrow'])('read our %s, with the columns’ types', (format) => {
      expect(seen[format]!.rows).toEqual([
        [
          1,
          9007199254740992,
          0.1,
          'é\n"<&>',
          '10001',
          '0.50',
          true,
          '2024-02-29',
          '2024-02-29T12:34:56.125000',
          '2024-02-29T12:34:56+00:00',
          null,
        ],
        [
          2,
          -5,
          1e21,
          '',
          '02134',
          '-12.00',
          false,
          '1999-12-31',
          '1999-12-31T23:59:59',
          '1970-01-01T00:00:00+00:00',
          null,
        ],
        [3, null, null, null, null, null, null, null, null, null, null],
      ])
      const types = [
        'int64',
        'int64',
        'double',
        'string',
        'string',
        'decimal128(18, 2)',
        'bool',
        'date32[day]',
        'timestamp[us]',
        'timestamp[us, tz=UTC]',
        'string',
      ]
      expect(seen[format]!.types).toEqual(types)
    })

    it('read our workbook', () => {
      expect(seen['xlsx']!.rows).toEqual([
        [
          1,
          '9007199254740993',
          0.1,
          'é\n"<&>',
          '10001',
          0.5,
          true,
          '2024-02-29T00:00:00',
          '2024-02-29T12:34:56.125000',
          '2024-02-29T12:34:56Z',
          null,
        ],
        [
          2,
          -5,
          1e21,
          '',
          '02134',
          -12,
          false,
          '1999-12-31T00:00:00',
          '1999-12-31T23:59:59',
          '1970-01-01T00:00:00Z',
          null,
        ],
        [3, null, null, null, null, null, null, null, null, null, null],
      ])
      expect(seen.pandas['excel']).toMatchObject({
        id: 'int64',
        r: 'float64',
        price: 'float64',
        d: expect.stringMatching(/^datetime64/),
      })
    })

    it.each(['json', 'jsonl'])('read our %s', (format) => {
      expect(seen[format]!.rows).toEqual([
        [
          1,
          9007199254740992,
          0.1,
          'é\n"<&>',
          '10001',
          0.5,
          true,
          '2024-02-29',
          '2024-02-29T12:34:56.125',
          '2024-02-29T12:34:56Z',
          null,
        ],
        [2, -5, 1e21, '', '02134', -12, false, '1999-12-31', '1999-12-31T23:59:59', '1970-01-01T00:00:00Z', null],
        [3, null, null, null, null, null, null, null, null, null, null],
      ])
      expect(readFileSync(folder.path(`ours.${format}`), 'utf8')).toContain('"n":9007199254740993,"r":0.1,')
      expect(seen['csv.gz']!.rows).toBe(3)
    })

    const dates = ['2024-02-29T12:34:56.125', '1999-12-31T23:59:59', '2024-01-01T00:00:00']
    it.each(['theirs.parquet', 'theirs-gzip.parquet', 'theirs.feather'])('wrote %s, which we read', async (file) => {
      const { rows } = await readCells(file.endsWith('feather') ? 'arrow' : 'parquet', folder.path(file))
      expect(rows).toEqual([
        ['1', '9007199254740993', '0.1', 'é\n"', 'true', dates[0]],
        ['2', '-5', '1e+21', '', 'false', dates[1]],
        ['3', '0', '-2.5', '=1+1', 'true', dates[2]],
      ])
    })

    it('wrote a workbook and JSON, which we read', async () => {
      expect((await readCells('xlsx', folder.path('theirs.xlsx'))).rows).toEqual([
        ['1', '5', '0.1', 'é\n"', 'true', dates[0]],
        ['2', '-5', '1e+21', null, 'false', dates[1]],
        ['3', '0', '-2.5', "'=1+1", 'true', dates[2]],
      ])
      for (const format of ['json', 'jsonl']) {
        const { rows } = await readCells(format, folder.path(`theirs.${format}`))
        expect(rows.map((row) => row[1])).toEqual(['9007199254740993', '-5', '0'])
        expect(rows.map((row) => row[3])).toEqual(['é\n"', '', '=1+1'])
      }
    })
  },
)
