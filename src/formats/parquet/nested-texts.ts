import type { SchemaElement, SchemaTree } from 'hyparquet'
import { isListLike, isMapLike } from 'hyparquet/src/schema.js'
import { nestedText } from '../values.ts'
import { cellTexts } from './cell-texts.ts'

/*
 * The library assembles lists, maps and structs. It would also make doubles of decimals, and forget which timestamps
 * are instants: it is given a schema without such types, so that the values are as they are stored, and texts are
 * made of them here.
 */

/** A file's schema, where the leaves of a column say only how they are stored; a map's keys, which become names, excepted. */
export function storedSchema(schema: readonly SchemaElement[], column: SchemaTree): SchemaElement[] {
  const plain = new Map(leavesOf(column).map((element) => [element, storedElement(element)]))
  return schema.map((element) => plain.get(element) ?? element)
}

/** How the values of a nested column become JSON. */
export function nestedTexts(column: SchemaTree): (value: unknown) => string {
  if (isVariant(column)) return nestedText
  return column.element.repetition_type === 'REPEATED' ? listTexts(oneText(column)) : oneText(column)
}

function leavesOf(tree: SchemaTree): SchemaElement[] {
  if (isVariant(tree)) return []
  if (tree.children.length === 0) return [tree.element]
  const children = isMapLike(tree) ? tree.children[0]!.children.filter((child) => !isKey(child)) : tree.children
  return children.flatMap(leavesOf)
}

function storedElement({ name, type, type_length, repetition_type }: SchemaElement): SchemaElement {
  const stored: SchemaElement = { name }
  if (type) stored.type = type
  if (type_length !== undefined) stored.type_length = type_length
  if (repetition_type) stored.repetition_type = repetition_type
  return stored
}

/** Of a single value, where that may stand in a list. */
function oneText(tree: SchemaTree): (value: unknown) => string {
  if (tree.children.length === 0) return leafText(tree.element)
  if (isListLike(tree)) {
    const list = tree.children[0]!
    return listTexts(oneText(list.children.length === 1 ? list.children[0]! : list))
  }
  if (isMapLike(tree)) {
    const text = nestedTexts(tree.children[0]!.children.find((child) => !isKey(child))!)
    return orNull((value) => objectText(Object.entries(value as object), () => text))
  }
  const texts = new Map(tree.children.map((child) => [child.element.name, nestedTexts(child)]))
  return orNull((value) => objectText(Object.entries(value as object), (name) => texts.get(name)!))
}

function leafText(element: SchemaElement): (value: unknown) => string {
  const text = cellTexts(element)
  return orNull((value) => {
    const cell = text(value as Parameters<typeof text>[0])
    if (isNumber(element)) return Number.isFinite(Number(cell)) ? cell : 'null'
    return element.type === 'BOOLEAN' ? cell : JSON.stringify(cell)
  })
}

function isNumber({ type, converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  if (logical?.type === 'DECIMAL' || converted === 'DECIMAL' || logical?.type === 'FLOAT16') return true
  if (logical?.type === 'INTEGER' || /^U?INT_/.test(converted ?? '')) return true
  return !logical && !converted && ['INT32', 'INT64', 'FLOAT', 'DOUBLE'].includes(type ?? '')
}

function listTexts(text: (value: unknown) => string): (value: unknown) => string {
  return orNull((values) => `[${Array.from(values as ArrayLike<unknown>, text).join(',')}]`)
}

function objectText(members: [string, unknown][], text: (name: string) => (value: unknown) => string): string {
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${text(name)(member)}`).join(',')}}`
}

function orNull(text: (value: unknown) => string): (value: unknown) => string {
  return (value) => (value === null || value === undefined ? 'null' : text(value))
}

function isVariant({ element }: SchemaTree): boolean {
  return element.logical_type?.type === 'VARIANT'
}

function isKey({ element }: SchemaTree): boolean {
  return element.name === 'key'
}
