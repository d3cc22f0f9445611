import type { SchemaTree } from 'hyparquet'
import { memberName } from '../values.ts'
import { jsonTexts, levelsOf, listNode, skip, type Levels, type Node, type OpenLeaf } from './node.ts'
import { variantNode } from './variant-node.ts'

/*
 * Lists, maps and structs, made from the levels of their columns' entries ("Dremel made simple with Parquet") and at once into
 * JSON: no objects are made, which would take some 50 times the memory, have each name once, and lose digits of decimals.
 */

/** @param above the levels of what it stands in */
export function nestedNode(tree: SchemaTree, above: Levels, open: OpenLeaf): Node {
  const levels = levelsOf(tree, above)
  const one = oneNode(tree, levels, open)
  switch (tree.element.repetition_type) {
    case 'REPEATED':
      return listNode(one, levels)
    case 'OPTIONAL':
      return tree.children.length === 0 ? one : optionalNode(one, levels)
    default:
      return one
  }
}

/** A single value, where that may stand in a list. */
function oneNode(tree: SchemaTree, levels: Levels, open: OpenLeaf): Node {
  if (tree.element.type !== undefined) return leafNode(tree, levels, open)
  if (tree.element.logical_type?.type === 'VARIANT') return variantNode(tree, levels, open)
  if (isList(tree)) {
    const list = tree.children[0]!
    const inner = levelsOf(list, levels)
    return listNode(isElement(list) ? oneNode(list, inner, open) : nestedNode(list.children[0]!, inner, open), inner)
  }
  if (isMap(tree)) return mapNode(tree, levels, open)
  return structNode(tree, levels, open)
}

function leafNode(tree: SchemaTree, levels: Levels, open: OpenLeaf): Node {
  const leaf = open(tree, { element: tree.element, ...levels }, jsonTexts(tree))
  return { leaves: [leaf], read: () => leaf.take() ?? 'null' }
}

function structNode({ children }: SchemaTree, levels: Levels, open: OpenLeaf): Node {
  const names = children.map(({ element }) => JSON.stringify(element.name))
  const members = children.map((child) => nestedNode(child, levels, open))
  const read = (): string => `{${members.map((member, index) => `${names[index]}:${member.read()}`).join(',')}}`
  return { leaves: members.flatMap(({ leaves }) => leaves), read }
}

/** A map without values is the list of its keys. */
function mapNode({ children }: SchemaTree, levels: Levels, open: OpenLeaf): Node {
  const [entry] = children
  const inner = levelsOf(entry!, levels)
  const [key, value] = entry!.children.map((child) => nestedNode(child, inner, open))
  if (!key || !value) return listNode(key!, inner)
  const member: Node = {
    leaves: [...key.leaves, ...value.leaves],
    read: () => `${memberName(key.read())}:${value.read()}`,
  }
  return listNode(member, inner, '{}')
}

function optionalNode(one: Node, levels: Levels): Node {
  const first = one.leaves[0]
  return {
    leaves: one.leaves,
    read() {
      if (!first || first.definition >= levels.definition) return one.read()
      skip(one, levels)
      return 'null'
    },
  }
}

function isList(tree: SchemaTree): boolean {
  return isGroup(tree, ['LIST'])
}

/** Whether what is repeated is the element itself, as the first writers had it ("Backward-compatibility rules"). */
function isElement({ element, children }: SchemaTree): boolean {
  const [only] = children
  if (children.length !== 1 || only!.element.repetition_type === 'REPEATED') return true
  return element.name === 'array' || element.name.endsWith('_tuple')
}

function isMap(tree: SchemaTree): boolean {
  return isGroup(tree, ['MAP', 'MAP_KEY_VALUE']) && [1, 2].includes(tree.children[0]!.children.length)
}

/** Whether it has one of these types, and what is to be repeated. */
function isGroup({ element, children }: SchemaTree, types: string[]): boolean {
  if (children.length !== 1 || children[0]!.element.repetition_type !== 'REPEATED') return false
  return types.includes(element.converted_type ?? '') || types.includes(element.logical_type?.type ?? '')
}
