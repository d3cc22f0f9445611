import type { SchemaTree } from 'hyparquet'
import { isJsonNumber, cellTexts } from './cell-texts.ts'
import type { LeafCursor } from './leaf-cursor.ts'
import type { Leaf, Physical } from './pages.ts'

/** A part of the schema, and what its columns have. */
export interface Node {
  leaves: readonly LeafCursor<unknown>[]
  /** The JSON of what the columns are at; they go on behind it. */
  read(): string
}

/** The levels within which a part of the schema lies. */
export interface Levels {
  definition: number
  repetition: number
}

/** Opens the columns of one row group, in the order of the schema. */
export type OpenLeaf = <T>(tree: SchemaTree, leaf: Leaf, convert: (value: Physical) => T) => LeafCursor<T>

/** The levels that something in it has. */
export function levelsOf({ element }: SchemaTree, { definition, repetition }: Levels): Levels {
  const { repetition_type: type } = element
  return {
    definition: definition + (type === 'OPTIONAL' || type === 'REPEATED' ? 1 : 0),
    repetition: repetition + (type === 'REPEATED' ? 1 : 0),
  }
}

/** If there is none, all its columns have one entry that says so. */
export function skip({ leaves }: Pick<Node, 'leaves'>, { definition }: Levels): void {
  for (const leaf of leaves) {
    if (leaf.definition >= definition) throw disagreement()
    leaf.next()
  }
}

/** As many of them as there are: an entry whose level of repetition is that of the list goes on with it. */
export function listNode(one: Node, levels: Levels, brackets: '[]' | '{}' = '[]'): Node {
  const { leaves } = one
  const first = leaves[0]
  if (!first) throw new Error('a list of it has no columns')
  return {
    leaves,
    read() {
      if (first.definition < levels.definition) {
        skip(one, levels)
        return brackets
      }
      let text = brackets[0]!
      for (;;) {
        text += one.read()
        if (first.repetition !== levels.repetition) return text + brackets[1]!
        for (const leaf of leaves) if (leaf.repetition !== levels.repetition) throw disagreement()
        text += ','
      }
    },
  }
}

function disagreement(): Error {
  return new Error('the columns of a nested value disagree')
}

/** How the stored values of a column become JSON. */
export function jsonTexts({ element }: SchemaTree): (value: Physical) => string {
  const text = cellTexts(element)
  if (element.type === 'BOOLEAN') return text
  if (!isJsonNumber(element)) return (value) => JSON.stringify(text(value))
  return (value) => {
    const number = text(value)
    return Number.isFinite(Number(number)) ? number : 'null'
  }
}
