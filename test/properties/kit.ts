import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { csvWriter } from '../../dist/formats/csv/index.js'
import { open, type Database, type LoadOptions } from '../../dist/index.js'
import { csvParseCells } from '../formats/csv/read.ts'

export { patience, runs } from './runs.ts'

export type Cell = string | null
export type Cells = Cell[][]

const numberLike = fc.oneof(
  fc.constantFrom(
    '0',
    '-0',
    '007',
    '00',
    '1.50',
    '1.5',
    '.5',
    '5.',
    '1e5',
    '1E5',
    '1e+21',
    '1e21',
    '-1e-7',
    '1e-7',
    '0.1',
    '0.0',
    '-0.0',
    '-0.00',
  ),
  fc.constantFrom(
    '0.50',
    '12.00',
    '100.25',
    '99999999999999999999',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '-9223372036854775809',
  ),
  fc.constantFrom(
    '10.357019999999999',
    '0.30000000000000004',
    '5e-324',
    '1.7976931348623157e+308',
    'NaN',
    'Infinity',
    '-Infinity',
    '+1',
    '1_000',
    '0x10',
    '1,5',
    ' 1',
    '1 ',
  ),
  fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value.toFixed(2)),
  fc
    .tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: 0, max: 20 }))
    .map(([value, digits]) => value.toFixed(digits)),
)
const odd = fc.string({
  unit: fc.constantFrom(
    'a',
    ',',
    '"',
    '\n',
    '\r',
    ' ',
    ';',
    "'",
    '\ufeff',
    'é',
    '中',
    '𝄞',
    '\\',
    'n',
    '[',
    ']',
    '{',
    '%',
    '0',
    '-',
    '.',
    'e',
  ),
})
const control = fc.string({
  unit: fc.integer({ min: 1, max: 31 }).map((code) => String.fromCharCode(code)),
  maxLength: 6,
})
const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''))

/** Any cell that a file can hold. */
export const cell: fc.Arbitrary<Cell> = fc.oneof(
  { weight: 4, arbitrary: numberLike },
  { weight: 2, arbitrary: odd },
  { weight: 2, arbitrary: control },
  { weight: 2, arbitrary: text },
  fc.constantFrom(null, '', 'NULL', 'NA', 'null', '\\N', 'true'),
)

const RUNS_A_DATABASE = 30

/** A database in a folder of its own, and files beside it. */
export class Lab {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'doltflow-property-'))
  database!: Database
  readonly #url: (path: string) => string
  #files = 0
  #runs = 0

  /** @param url of a database at a path */
  constructor(url: (path: string) => string = (path) => `${path}.db`) {
    this.#url = url
  }

  async start(): Promise<this> {
    this.database = await open(this.#url(join(this.folder, 'data')))
    return this
  }

  /** Counts a run; a new database now and then: one slows down as its history grows. @returns whether it is new */
  async next(): Promise<boolean> {
    if (++this.#runs % RUNS_A_DATABASE !== 1) return false
    await this.database.close()
    this.database = await open(this.#url(join(this.folder, `data${this.#runs}`)))
    return true
  }

  file(content: string | Uint8Array): string {
    const path = join(this.folder, `${++this.#files % 50}.csv`)
    writeFileSync(path, content)
    return path
  }

  csv(columns: string[], rows: Cells): string {
    const writer = csvWriter(columns)
    return this.file(writer.head() + writer.rows(rows))
  }

  /** The same rows, with everything quoted that is not NULL. */
  quotedCsv(columns: string[], rows: Cells): string {
    const line = (cells: Cell[]) => cells.map((one) => (one === null ? '' : `"${one.replaceAll('"', '""')}"`)).join(',')
    return this.file([columns, ...rows].map(line).join('\r\n'))
  }

  /** A table's header and rows, read by another reader than doltflow's. */
  async cells(table: string, options: LoadOptions = {}, database: Database = this.database): Promise<Cells> {
    const path = join(this.folder, 'out.csv')
    await database.load(table, path, options)
    const cells = csvParseCells(readFileSync(path), {}, ['\n'])
    if (!Array.isArray(cells)) throw new Error(cells.refused)
    return cells
  }

  async end(): Promise<void> {
    await this.database.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Rows in an order that does not hang on theirs. */
export function sorted(rows: Cells): Cells {
  return rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}
