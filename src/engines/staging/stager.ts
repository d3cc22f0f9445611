import { createHash, type Hash as Digest } from 'node:crypto'
import { closeSync, createReadStream, fstatSync, openSync, readSync, rmSync, statSync } from 'node:fs'
import { SourceError, UsageError } from '../../errors.ts'
import { checkNames, csvSpans } from '../../formats/csv/index.ts'
import type { CellBatch, SpanBatch, SpanReader, TextReadOptions } from '../../formats/format.ts'
import { option } from '../../model/advice.ts'
import { pinnedScale, storedAs } from '../../model/column-type.ts'
import { markedText } from '../../spelling.ts'
import { failpoint } from '../../system/failpoint.ts'
import type { Column, ColumnType, Row } from '../../types.ts'
import type { ColumnNote, SourceLine, StageResult } from '../engine.ts'
import { ColumnTypes, type TypePlan } from './column-types.ts'
import { formsOf, inForm, type Forms } from './in-form.ts'
import { misfitText } from './misfit-text.ts'
import { placeText } from './place.ts'
import { RowHasher } from './row-hash.ts'
import { cellBytes, commonScale, rowsForScale, SCALE_BYTES, SCALE_ROWS } from './scale.ts'
import type { CellRule, MakeSink, RefusedCell, RowSink } from './sink.ts'
import { spansOf } from './spans-of.ts'
import { fitOf, type Fit } from './type-fit.ts'

const CHUNK = 1 << 20
/** How many rows a part has about, and how many bytes. */
const PART_ROWS = 50_000
const PART_BYTES = 2 ** 26

export interface StagePlan extends TypePlan {
  /** Where the staged rows go. */
  path: string
  sink: MakeSink
  options: TextReadOptions
  /** Whether each row is kept with the hash of its cells. */
  keyless: boolean
  /** Whether the rows are a table's own, so that its types are no check of them. Default: false */
  stored?: boolean | undefined
}

/** A run of rows whose lines are known: from row `row` (from 0) of file `file`. */
interface Lines {
  row: number
  file: number
  first: number
  each: Int32Array | undefined
}

/** A run of staged rows that are copied at once. */
export interface Part {
  /** Up to which row, from 1. */
  end: number
  /** Whether it ends for its bytes, so that its rows are long. */
  isLong: boolean
}

/** Reads sources of one header into an engine's own file: checked, typed, counted and hashed; no lock is held meanwhile. */
export class Stager {
  readonly path: string
  readonly #plan: StagePlan
  readonly #digest: Digest = createHash('sha256')
  #bytes = 0
  #columns: Column[] | undefined
  #sink: RowSink | undefined
  #hasher: RowHasher | undefined
  #reader: SpanReader | undefined
  /** The path of each source; undefined of one that is no file. */
  readonly #paths: (string | undefined)[] = []
  /** Whether a source of cells is open. */
  #cells = false
  /** Copies of the first batches, until enough rows are there to see the columns' scales. */
  #first: SpanBatch[] = []
  #firstRows = 0
  #firstBytes = 0
  readonly #lines: Lines[] = []
  readonly parts: Part[] = []
  #forms: Forms = []
  /** What the types of columns ask of their cells, with the columns' places. */
  #fits: { column: number; fit: Fit }[] = []
  #types: ColumnTypes | undefined
  #partBytes = 0

  constructor(plan: StagePlan) {
    this.#plan = plan
    this.path = plan.path
  }

  get rows(): number {
    return (this.#sink?.rows ?? 0) + this.#firstRows
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Takes bytes of one source; the first ones begin it, `end` ends it. */
  push(chunk: Buffer): void {
    this.#digest.update(chunk)
    this.#bytes += chunk.length
    this.#take(this.#current().push(chunk))
  }

  end(): void {
    if (this.#cells) {
      this.#cells = false
      return
    }
    const reader = this.#current()
    this.#take(reader.end())
    this.#header(reader.columns!)
    this.#reader = undefined
  }

  /** Reads a whole file; `each` is called after every chunk and may throw to stop. */
  readFile(path: string, each: (totalBytes: number) => void): void {
    const descriptor = openSync(path, 'r')
    try {
      const total = fstatSync(descriptor).size
      this.#current(path)
      const chunk = Buffer.allocUnsafeSlow(CHUNK)
      for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) {
        this.push(chunk.subarray(0, read))
        failpoint('stage-half')
        each(total)
      }
      this.end()
    } catch (error) {
      throw namingFile(error, path)
    } finally {
      closeSync(descriptor)
    }
  }

  /** As `readFile`, but lets others run between two chunks. */
  async streamFile(path: string, each: (totalBytes: number) => void): Promise<void> {
    const total = statSync(path).size
    try {
      this.#current(path)
      for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
        this.push(chunk as Buffer)
        each(total)
      }
      this.end()
    } catch (error) {
      throw namingFile(error, path)
    }
  }

  /** Adds rows that were never text. */
  addRows(columns: string[], rows: Row[]): void {
    if (!this.#columns) {
      this.#paths.push(undefined)
      checkNames(columns, () => ({ line: 1, column: 1 }))
    }
    this.#header(columns)
    const batch = spansOf(rows, columns.length)
    this.#digest.update(batch.bytes).update(Buffer.from(batch.spans.buffer, 0, batch.spans.byteLength))
    this.#bytes += batch.bytes.length
    this.#take({ ...batch, firstLine: this.rows + 1, lines: undefined })
  }

  /** Adds rows that a file format read; `end` ends their source. */
  addCells({ columns, types, ...batch }: CellBatch, path: string | undefined): void {
    const begins = !this.#cells
    if (begins) {
      this.#cells = true
      this.#paths.push(path)
    }
    this.#header(columns, begins ? types : undefined)
    const bytes = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.byteLength)
    const { spans } = batch
    this.#digest.update(bytes).update(Buffer.from(spans.buffer, spans.byteOffset, spans.byteLength))
    this.#bytes += bytes.length
    if (batch.rows > 0) this.#take({ ...batch, bytes })
  }

  finish(): StageResult {
    if (this.#columns && !this.#sink) this.#start()
    if (!this.#sink || !this.#columns) throw new UsageError('USAGE', 'A save needs a source: a file, a stream or rows.')
    this.#sink.finish()
    if ((this.parts.at(-1)?.end ?? 0) < this.#sink.rows) this.parts.push({ end: this.#sink.rows, isLong: false })
    return {
      columns: this.#columns,
      rows: this.#sink.rows,
      bytes: this.#bytes,
      sha256: this.#digest.digest('hex'),
      notes: this.#notes(),
    }
  }

  /** The reader of the source that is being read; a new one where none is. */
  #current(path?: string): SpanReader {
    if (!this.#reader) {
      this.#paths.push(path)
      this.#reader = csvSpans(this.#plan.options)
    }
    return this.#reader
  }

  /** Where row `row` (from 0) came from. */
  place(row: number): SourceLine {
    const run = this.#lines.findLast((lines) => lines.row <= row)
    if (!run) return { source: 0, line: row + 1 }
    const path = this.#paths[run.file]
    return {
      source: run.file,
      line: run.each ? run.each[row - run.row]! : run.first + row - run.row,
      ...(path === undefined ? {} : { path }),
    }
  }

  remove(): void {
    if (this.#sink) this.#sink.remove()
    else rmSync(this.path, { force: true })
  }

  /** The first header is the table's; another one must be the same. */
  #header(names: string[], types?: readonly ColumnType[]): void {
    if (!this.#columns) {
      this.#types = new ColumnTypes(names, this.#plan, types)
      this.#columns = this.#types.columns
    } else if (
      names.length !== this.#columns.length ||
      !names.every((name, index) => name === this.#columns![index]!.name)
    ) {
      const first = this.#columns.map((column) => column.name)
      throw new SourceError(
        'HEADER_DIFFERS',
        `${this.#paths.at(-1) ?? 'The source'} has the columns ${names.join(', ')}, but the first file has ${first.join(', ')}. Save files of another header into another table.`,
        { data: { columns: names, expected: first, path: this.#paths.at(-1) } },
      )
    } else if (types) this.#types!.widen(types)
  }

  #take(batch: SpanBatch | undefined): void {
    if (!batch) return
    this.#header(this.#reader?.columns ?? this.#columns!.map((column) => column.name))
    this.#lines.push({
      row: this.rows,
      file: this.#paths.length - 1,
      first: batch.firstLine,
      each: batch.lines?.slice(),
    })
    if (this.#sink) return this.#write(batch)
    const width = this.#columns!.length
    this.#first.push({ ...batch, bytes: Buffer.from(batch.bytes), spans: batch.spans.slice() })
    this.#firstRows += batch.rows
    this.#firstBytes += cellBytes(batch, 0, batch.rows * width)
    if (this.#plan.schema || this.#firstRows >= SCALE_ROWS || this.#firstBytes >= SCALE_BYTES) this.#start()
  }

  #start(): void {
    const types = this.#types!
    const columns = this.#columns!
    const width = columns.length
    const looked = rowsForScale(this.#first, width)
    columns.forEach((column, index) => {
      const isNew = !this.#plan.schema?.columns.some(({ name }) => name === column.name)
      if (isNew && !types.isDeclared(column.name) && types.pinned(column.name) === undefined)
        column.type = commonScale(this.#first, index, width, looked)
    })
    const asked = columns.map(({ name, type }) => (types.isDeclared(name) ? 'any' : type))
    this.#forms = formsOf(asked)
    if (!this.#plan.stored)
      this.#fits = asked.flatMap((type, column) => {
        const fit = fitOf(type)
        return fit ? [{ column, fit }] : []
      })
    if (this.#plan.keyless) this.#hasher = new RowHasher(columns.map(({ name }) => name))
    this.#sink = this.#plan.sink(
      this.path,
      columns.map(({ name, type }) => ruleOf(type, types.isDeclared(name))),
      this.#plan.keyless,
    )
    const first = this.#first
    this.#first = []
    this.#firstRows = 0
    for (const batch of first) this.#write(batch)
  }

  #write(given: SpanBatch): void {
    const batch = this.#forms.length === 0 ? given : inForm(given, this.#forms, this.#columns!.length)
    const misfit = this.#misfit(batch) ?? this.#sink!.addSpans(batch, this.#hasher?.batch(batch))
    if (!misfit) return this.#part(batch)
    const column = this.#columns![misfit.column]!
    const place = this.place(misfit.row)
    throw new SourceError(
      'TYPE_MISMATCH',
      `${placeText(place)}, column ${column.name}: ${misfitText(misfit.text, column.type)}. ` +
        `Mend the cell, name it with ${option('nulls')} if it means "no value", or give the column the type any: ${option('types', { [column.name]: 'any' })} in a new table, and ${option('schema', 'replace')} with it in one that is there.`,
      { data: { ...place, column: column.name, value: misfit.text, type: column.type } },
    )
  }

  /** The first cell of a column that is no value of its type. */
  #misfit({ bytes, spans, rows }: SpanBatch): RefusedCell | undefined {
    const width = this.#columns!.length
    let refused: RefusedCell | undefined
    for (const { column, fit } of this.#fits)
      for (let row = 0, at = column * 2; row < (refused?.row ?? rows); row++, at += width * 2) {
        const [start, end] = [spans[at]!, spans[at + 1]!]
        if (start !== -1 && !fit(bytes, start, end)) refused = { row, column, text: bytes.toString('utf8', start, end) }
      }
    return refused && { ...refused, row: refused.row + this.#sink!.rows }
  }

  #part(batch: SpanBatch): void {
    const { spans } = batch
    this.#partBytes += (spans[spans.length - 1] ?? 0) - (spans[1] ?? 0)
    const { rows } = this.#sink!
    const isLong = this.#partBytes >= PART_BYTES
    if (!isLong && rows - (this.parts.at(-1)?.end ?? 0) < PART_ROWS) return
    this.parts.push({ end: rows, isLong })
    this.#partBytes = 0
  }

  #notes(): ColumnNote[] {
    return this.#sink!.counts.flatMap(({ numbers, texts, sample, sampleRow }, index) => {
      const column = this.#columns![index]!
      if (
        storedAs(column.type) === 'text' ||
        this.#types!.isDeclared(column.name) ||
        texts === 0 ||
        texts * 10 > numbers
      )
        return []
      return [{ column: column.name, numbers, texts, sample: sample!, ...this.place(sampleRow) }]
    })
  }
}

/** The same fault, told with its file. */
function namingFile(error: unknown, path: string): unknown {
  if (!(error instanceof SourceError) || error.data['path'] !== undefined) return error
  return new SourceError(error.code, `${path}: ${markedText(error)}`, { data: { ...error.data, path } })
}

function ruleOf(type: ColumnType, lenient: boolean): CellRule {
  const kind = storedAs(type)
  if (kind === 'decimal') return { kind, scale: pinnedScale(type) }
  return kind === 'integer' || kind === 'real' ? { kind, lenient } : { kind }
}
