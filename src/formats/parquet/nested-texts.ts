import type { FileMetaData, RowGroup, SchemaElement, SchemaTree } from 'hyparquet'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { decodeVariantColumn } from 'hyparquet/src/variant.js'
import { SourceError } from '../../errors.ts'
import { memberName, nestedText } from '../values.ts'
import { cellTexts, nestedParsers } from './cell-texts.ts'

/*
 * The library assembles lists and structs. It would also make doubles of decimals, forget which timestamps are
 * instants, and make objects of maps, which have each name once and in an order of their own: it is given a schema
 * without such types, where members are named by their places, and texts are made of the stored values here. So nothing
 * depends on what names there are.
 */

type Text = (value: unknown) => string
/** A struct, or an entry of a map, by the places of its members. */
type Members = Record<string, unknown>

/** What the library is told to read one column of one row group: the column has the name `c0`. */
export function storedColumn(metadata: FileMetaData, group: RowGroup, column: SchemaTree): FileMetaData {
  const schema: SchemaElement[] = [{ name: 'root', num_children: 1 }]
  const leaves: { path: string[]; stored: string[] }[] = []
  addStored(column, 'c0', [])
  const chunks = group.columns.filter(({ meta_data: chunk }) => chunk?.path_in_schema[0] === column.element.name)
  const columns = leaves.map(({ path, stored }, index) => {
    const chunk = chunks[index]
    if (JSON.stringify(chunk?.meta_data?.path_in_schema) !== JSON.stringify(path))
      throw new Error(`a row group lacks the column ${path.join('.')}`)
    return { ...chunk!, meta_data: { ...chunk!.meta_data!, path_in_schema: stored } }
  })
  return { ...metadata, schema, num_rows: group.num_rows, row_groups: [{ ...group, columns }] }

  function addStored(tree: SchemaTree, name: string, above: string[], inVariant = isVariant(tree)): void {
    const stored = [...above, name]
    schema.push(storedElement(tree, name, inVariant))
    if (tree.children.length === 0) leaves.push({ path: tree.path, stored })
    tree.children.forEach((child, index) =>
      inVariant ? addStored(child, child.element.name, stored, true) : addStored(child, `c${index}`, stored),
    )
  }
}

/** How the values of a nested column become JSON; NULL is `null`. */
export function nestedTexts(column: SchemaTree): Text {
  return column.element.repetition_type === 'REPEATED' ? listTexts(oneText(column)) : oneText(column)
}

function storedElement(tree: SchemaTree, name: string, inVariant: boolean): SchemaElement {
  // A variant's members have the library's own names and types.
  if (inVariant && !isVariant(tree)) return tree.element
  const { type, type_length, repetition_type, num_children } = tree.element
  const stored: SchemaElement = { name }
  if (type) stored.type = type
  if (type_length !== undefined) stored.type_length = type_length
  if (repetition_type) stored.repetition_type = repetition_type
  if (num_children !== undefined) stored.num_children = num_children
  if (isList(tree)) stored.converted_type = 'LIST'
  return stored
}

/** Of a single value, where that may stand in a list. */
function oneText(tree: SchemaTree): Text {
  const { children } = tree
  if (children.length === 0) return leafText(tree.element)
  if (isVariant(tree)) return variantText(tree)
  if (isList(tree)) {
    const list = children[0]!
    return listTexts(list.children.length === 1 ? nestedTexts(list.children[0]!) : oneText(list))
  }
  const texts = (isMap(tree) ? children[0]! : tree).children.map(nestedTexts)
  if (isMap(tree)) {
    const [key, member] = texts as [Text, Text]
    return orNull((value) => {
      const entries = (value as Members)['c0'] as Members[]
      return `{${entries.map((entry) => `${memberName(key(entry['c0']))}:${member(entry['c1'])}`).join(',')}}`
    })
  }
  const names = children.map(({ element }) => JSON.stringify(element.name))
  return orNull((value) => {
    const members = texts.map((text, index) => `${names[index]}:${text((value as Members)[`c${index}`])}`)
    return `{${members.join(',')}}`
  })
}

function leafText(element: SchemaElement): Text {
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

/** The library makes objects of a variant, of which one name would be lost. @throws {SourceError} FORMAT_CANNOT_HOLD */
function variantText({ path }: SchemaTree): Text {
  const parsers = { ...DEFAULT_PARSERS, ...nestedParsers }
  return orNull((value) => {
    const { metadata } = value as { metadata: Uint8Array }
    if (Buffer.from(metadata).includes('__proto__'))
      throw new SourceError(
        'FORMAT_CANNOT_HOLD',
        `A variant of the column ${path.join('.')} has the name __proto__, which can't be read. Write the column as JSON text.`,
        { data: { format: 'parquet', column: path.join('.') } },
      )
    return nestedText(decodeVariantColumn(value, parsers))
  })
}

function listTexts(text: Text): Text {
  return orNull((values) => `[${Array.from(values as ArrayLike<unknown>, text).join(',')}]`)
}

function orNull(text: Text): Text {
  return (value) => (value === null || value === undefined ? 'null' : text(value))
}

function isVariant({ element }: SchemaTree): boolean {
  return element.logical_type?.type === 'VARIANT'
}

function isList(tree: SchemaTree): boolean {
  return isGroup(tree, ['LIST']) && tree.children[0]!.children.length < 2
}

function isMap(tree: SchemaTree): boolean {
  return isGroup(tree, ['MAP', 'MAP_KEY_VALUE']) && tree.children[0]!.children.length === 2
}

/** Whether it has one of these types, and what is to be repeated. */
function isGroup({ element, children }: SchemaTree, types: string[]): boolean {
  if (children.length !== 1 || children[0]!.element.repetition_type !== 'REPEATED') return false
  return types.includes(element.converted_type ?? '') || types.includes(element.logical_type?.type ?? '')
}
