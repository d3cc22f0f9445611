import { closeSync, fstatSync, openSync } from 'node:fs'
import { parquetSchema, type SchemaTree } from 'hyparquet'
import { BatchMaker } from '../cells.ts'
import { checkNames } from '../csv/header.ts'
import type { CellBatch, FileReadOptions } from '../format.ts'
import { OWN_TYPES, withOwnTypes } from '../own-types.ts'
import { withArrowTypes } from './arrow-schema.ts'
import { cellTexts } from './cell-texts.ts'
import { declaredType } from './declared-type.ts'
import { readFooter, type Group } from './footer.ts'
import { LeafCursor } from './leaf-cursor.ts'
import { nestedNode } from './nested.ts'
import { levelsOf, type OpenLeaf } from './node.ts'
import { ChunkPages, type OpenFile } from './pages.ts'

/** In bytes: how much of a column is read at once at most and at least, and of all columns together. */
const WINDOW = { most: 2 ** 18, least: 2 ** 12, all: 2 ** 26 }
/** How many texts of dictionaries are kept, for all columns together. */
const KEPT = 2 ** 20
/** The root's own repetition means nothing. */
const ROOT = { definition: 0, repetition: 0 }

/** Reads a Parquet file's rows: its footer, then its row groups, page by page. */
export async function* readParquet(path: string, options: FileReadOptions): AsyncGenerator<CellBatch> {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const { schema, groups, metadata } = readFooter(file, size)
    const tree = parquetSchema({ schema })
    const names = tree.children.map(({ element }) => element.name)
    checkNames(names, () => ({ line: 1, column: 1 }))
    const own = tree.children.map(({ element }) => declaredType(element))
    const declared = await withArrowTypes(names, own, metadata)
    const types = withOwnTypes(names, declared, metadata.get(OWN_TYPES))
    const maker = new BatchMaker(names, options, types)
    yield maker.batch([], 0)
    const leaves = leavesOf(tree)
    const window = Math.min(WINDOW.most, Math.max(WINDOW.least, Math.floor(WINDOW.all / leaves.length)))
    for (const group of groups) {
      if (group.rows === 0n) continue
      const open = opening({ file, size, window, kept: KEPT / leaves.length }, leaves, group)
      const columns = tree.children.map((column) => columnOf(column, open))
      yield* batches(columns, Number(group.rows), maker)
    }
  } finally {
    closeSync(file)
  }
}

/** Fills the cells of one column: every `step`-th place of `texts` from `place` on, `count` of them. */
interface Column {
  fill(texts: (string | null)[], place: number, step: number, count: number): void
}

function* batches(columns: Column[], rows: number, maker: BatchMaker): Generator<CellBatch> {
  const width = columns.length
  for (let done = 0, count = 0; done < rows; done += count) {
    count = Math.min(maker.rows, rows - done)
    const texts = Array.from<string | null>({ length: count * width })
    columns.forEach((column, place) => column.fill(texts, place, width, count))
    yield maker.batch(texts, count)
  }
}

/** Those parts of the schema that have values, in the order in which a row group has their chunks. */
function leavesOf(tree: SchemaTree): SchemaTree[] {
  return tree.children.flatMap((child) => (child.element.type === undefined ? leavesOf(child) : [child]))
}

function opening(file: OpenFile, leaves: SchemaTree[], { columns, rows }: Group): OpenLeaf {
  const chunks = new Map(leaves.map((tree, index) => [tree, columns[index]]))
  return (tree, leaf, convert) => {
    const { elsewhere, chunk } = chunks.get(tree) ?? {}
    const name = tree.path.join('.')
    if (chunk?.path_in_schema.join('.') !== name) throw new Error(`a row group lacks the column ${name}`)
    if (chunk.type !== tree.element.type)
      throw new Error(`the column ${name} is of ${tree.element.type}, and of ${chunk.type} in a row group`)
    if (leaf.repetition === 0 && chunk.num_values !== rows)
      throw new Error(`the column ${name} has ${chunk.num_values} values in a row group of ${rows} rows`)
    if (elsewhere) throw new Error(`its column ${name} lies in another file, ${elsewhere}. Save that one`)
    return new LeafCursor(new ChunkPages(file, leaf, chunk), leaf, convert)
  }
}

function columnOf(tree: SchemaTree, open: OpenLeaf): Column {
  const levels = levelsOf(tree, ROOT)
  if (tree.element.type !== undefined && levels.repetition === 0)
    return open(tree, { element: tree.element, ...levels }, cellTexts(tree.element))
  const { leaves, read } = nestedNode(tree, ROOT, open)
  return {
    fill(texts, place, step, count) {
      for (let to = place, left = count; left > 0; left--, to += step) {
        const json = read()
        texts[to] = json === 'null' ? null : json
        for (const leaf of leaves)
          if (leaf.repetition !== 0) throw new Error(`the column ${tree.path.join('.')} has more values than rows`)
      }
    },
  }
}
