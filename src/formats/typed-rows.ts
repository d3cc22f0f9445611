import type { CellSource, FileWriteOptions, Piece, SpanBatch } from './format.ts'
import { isSameKind, KindSeer, type ColumnKind } from './kinds.ts'
import { TypedColumn, type TypedCells } from './typed-column.ts'

/** Of the first rows, whose cells tell at first what the columns are: how many, and bytes of their text. */
const SAMPLE_ROWS = 100_000
const SAMPLE_BYTES = 2 ** 23

/** How many rows a group has at most, and about how many bytes of text. */
export interface GroupLimits {
  rows: number
  bytes: number
}

/** Rows, column by column. */
export interface TypedGroup {
  rows: number
  columns: TypedCells[]
}

/**
 * Writes a file whose columns have types: each that which the table declares, if all its cells are that. The first rows tell what to write; where a later
 * cell is something else, the rest is only looked at, and all is written again. What can't be taken back
 * is written once all rows were seen.
 * @param stored what the format has for a kind that it lacks
 * @param write a whole file of rows of these kinds; of groups that end early, the file is given up
 */
export async function* writeTyped(
  source: CellSource,
  limits: GroupLimits,
  { revocable }: FileWriteOptions,
  write: (kinds: ColumnKind[], groups: AsyncIterable<TypedGroup>) => AsyncIterable<Uint8Array>,
  stored: (kind: ColumnKind) => ColumnKind = (kind) => kind,
): AsyncGenerator<Piece> {
  const seers = source.columns.map(({ type }) => new KindSeer(type))
  const kindsOf = (): ColumnKind[] => seers.map((seer) => seer.kind())
  const batches = source.batches()[Symbol.asyncIterator]()
  const { sample, isAll } = await firstRows(batches, seers)
  if (isAll || revocable) {
    const kinds = kindsOf()
    const fits = (): boolean => seers.every((seer, index) => isSameKind(seer.kind(), kinds[index]!))
    yield* write(kinds, groups(chained(sample, batches), kinds.map(stored), seers, limits, fits))
    if (fits()) return
    yield null
  }
  for (let next = await batches.next(); !next.done; next = await batches.next()) see(next.value, seers)
  const kinds = kindsOf()
  yield* write(
    kinds,
    groups(source.batches(), kinds.map(stored), seers, limits, () => true),
  )
}

async function firstRows(
  batches: AsyncIterator<SpanBatch>,
  seers: KindSeer[],
): Promise<{ sample: SpanBatch[]; isAll: boolean }> {
  const sample: SpanBatch[] = []
  for (let rows = 0, bytes = 0; rows < SAMPLE_ROWS && bytes < SAMPLE_BYTES;) {
    const next = await batches.next()
    if (next.done) return { sample, isAll: true }
    see(next.value, seers)
    const copy = { ...next.value, bytes: Buffer.from(next.value.bytes), spans: next.value.spans.slice() }
    sample.push(copy)
    rows += copy.rows
    bytes += copy.bytes.length
  }
  return { sample, isAll: false }
}

function see(batch: SpanBatch, seers: KindSeer[]): void {
  seers.forEach((seer, column) => seer.seeCells(batch, column, seers.length))
}

/** Whoever stops here leaves the rest of the batches to others. */
async function* chained(first: SpanBatch[], rest: AsyncIterator<SpanBatch>): AsyncGenerator<SpanBatch> {
  for (let batch = first.shift(); batch; batch = first.shift()) yield batch
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

/** Groups, at least one; they end before the first with a cell that does not fit. */
async function* groups(
  batches: AsyncIterable<SpanBatch>,
  kinds: ColumnKind[],
  seers: KindSeer[],
  limits: GroupLimits,
  fits: () => boolean,
): AsyncGenerator<TypedGroup> {
  const width = kinds.length
  const columns = kinds.map((kind, index) => new TypedColumn(kind, seers[index]!))
  let rows = 0
  let bytes = 0
  let any = false
  const take = (): TypedGroup => {
    const group = { rows, columns: columns.map((column) => column.take()) }
    rows = 0
    bytes = 0
    any = true
    return group
  }
  for await (const batch of batches) {
    for (let from = 0, to = 0; from < batch.rows; from = to) {
      to = Math.min(batch.rows, from + limits.rows - rows)
      columns.forEach((column, index) => column.add(batch, index, width, from, to))
      rows += to - from
      bytes += textLength(batch, width, from, to)
      if (rows < limits.rows && bytes < limits.bytes) continue
      if (!fits()) return
      yield take()
    }
  }
  if (fits() && (rows > 0 || !any)) yield take()
}

/** Of the rows' cells; also a NULL's place in the text is known by its end. */
function textLength({ spans }: SpanBatch, width: number, from: number, to: number): number {
  return spans[to * width * 2 - 1]! - spans[from * width * 2 + 1]!
}
