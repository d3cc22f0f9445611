import type { SchemaTree } from 'hyparquet'
import type { LeafCursor } from './leaf-cursor.ts'
import { jsonTexts, levelsOf, listNode, skip, type Levels, type Node, type OpenLeaf } from './node.ts'
import { membersText, variantValue, type Members, type VariantValue } from './variant.ts'

/*
 * Variants ("Parquet Variant Shredding"): a value lies packed in `value`, or in `typed_value`, which has columns of its own; an
 * object may lie in both, with some of its members in each.
 */

/** A part of a variant. What it reads is undefined if there is none. */
interface Part {
  leaves: readonly LeafCursor<unknown>[]
  read(): VariantValue | undefined
}

/** The names of the variant that is being read, which all its parts use. */
interface Names {
  metadata: Uint8Array
}

/** A column of the type VARIANT, as JSON. */
export function variantNode(tree: SchemaTree, levels: Levels, open: OpenLeaf): Node {
  const column = memberOf(tree, 'metadata')
  if (!column) throw new Error(`the variant ${tree.path.join('.')} has no metadata`)
  const metadata = bytesLeaf(column, levels, open)
  const names: Names = { metadata: new Uint8Array() }
  const part = pairPart(tree, levels, open, names)
  return {
    leaves: [metadata, ...part.leaves],
    read() {
      names.metadata = metadata.take() ?? new Uint8Array()
      return textOf(part.read())
    },
  }
}

/** A group that has `value`, `typed_value` or both. */
function pairPart(tree: SchemaTree, levels: Levels, open: OpenLeaf, names: Names): Part {
  const value = memberOf(tree, 'value')
  const typed = memberOf(tree, 'typed_value')
  const packed = value && bytesLeaf(value, levels, open)
  const part = typed && typedPart(typed, levels, open, names)
  return {
    leaves: [...(packed ? [packed] : []), ...(part?.leaves ?? [])],
    read() {
      const bytes = packed?.take() ?? undefined
      const other = part?.read()
      const own = bytes && variantValue(names.metadata, bytes)
      if (own === undefined || other === undefined) return own ?? other
      if (typeof own === 'string' || typeof other === 'string') throw new Error('a variant has two values')
      return new Map([...own, ...other])
    },
  }
}

function typedPart(tree: SchemaTree, above: Levels, open: OpenLeaf, names: Names): Part {
  const levels = levelsOf(tree, above)
  if (tree.element.type !== undefined) {
    const leaf = open(tree, { element: tree.element, ...levels }, jsonTexts(tree))
    return { leaves: [leaf], read: () => leaf.take() ?? undefined }
  }
  return optionalPart(
    isList(tree) ? listPart(tree, levels, open, names) : objectPart(tree, levels, open, names),
    levels,
  )
}

function listPart(tree: SchemaTree, levels: Levels, open: OpenLeaf, names: Names): Part {
  const list = tree.children[0]!
  const inner = levelsOf(list, levels)
  const element = list.children[0]!
  const part = pairPart(element, levelsOf(element, inner), open, names)
  return listNode({ leaves: part.leaves, read: () => textOf(part.read()) }, inner)
}

function objectPart({ children }: SchemaTree, levels: Levels, open: OpenLeaf, names: Names): Part {
  const parts = children.map((child) => {
    const inner = levelsOf(child, levels)
    return optionalPart(pairPart(child, inner, open, names), inner)
  })
  return {
    leaves: parts.flatMap(({ leaves }) => leaves),
    read() {
      const members: Members = new Map()
      parts.forEach((part, index) => {
        const value = part.read()
        if (value !== undefined) members.set(children[index]!.element.name, textOf(value))
      })
      return members
    },
  }
}

function optionalPart(part: Part, levels: Levels): Part {
  const first = part.leaves[0]
  return {
    leaves: part.leaves,
    read() {
      if (!first || first.definition >= levels.definition) return part.read()
      skip(part, levels)
      return undefined
    },
  }
}

/** A value that is missing where there has to be one is null. */
function textOf(value: VariantValue | undefined): string {
  if (value === undefined) return 'null'
  return typeof value === 'string' ? value : membersText(value)
}

function bytesLeaf(tree: SchemaTree, above: Levels, open: OpenLeaf): LeafCursor<Uint8Array> {
  return open(tree, { element: tree.element, ...levelsOf(tree, above) }, (value) => {
    if (value instanceof Uint8Array) return value
    throw new Error(`the variant's ${tree.path.join('.')} is not of bytes`)
  })
}

function memberOf({ children }: SchemaTree, name: string): SchemaTree | undefined {
  return children.find(({ element }) => element.name === name)
}

function isList({ children }: SchemaTree): boolean {
  const [only] = children
  return children.length === 1 && only!.element.repetition_type === 'REPEATED' && only!.children.length === 1
}
