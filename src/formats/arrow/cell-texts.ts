import { isUtf8 } from 'node:buffer'
import {
  BinaryView,
  DataType,
  Vector,
  type Data,
  type Decimal,
  type Field,
  type FixedSizeList,
  type Float,
  type Timestamp,
  type Time,
  type Date_,
} from 'apache-arrow'
import { bytesText } from '../../model/cells.ts'
import { unsupported } from '../unsupported.ts'
import {
  dateText,
  decimalText,
  floatText,
  halfText,
  memberName,
  realText,
  timestampText,
  timeText,
  uuidText,
} from '../values.ts'

/** The text of a cell by its row, null for NULL. */
type Texts = (row: number) => string | null

/** By TimeUnit: second, millisecond, microsecond, nanosecond. */
const PARTS = [1n, 1_000n, 1_000_000n, 1_000_000_000n]
const DAY_MS = 86_400_000

const dictionaries = new WeakMap<Vector, (string | null)[]>()

/**
 * How the values of a column's part become cells.
 * @param name the column's, for errors
 * @param metadata of the field, which says what its type is meant for
 */
export function cellTexts(data: Data, name: string, metadata: Map<string, string>): Texts {
  const { type } = data
  if (DataType.isNull(type)) return () => null
  requireWhole(data, name)
  if (DataType.isDictionary(type)) {
    const texts = dictionaryTexts(data.dictionary!, name)
    return valid(data, (row) => {
      const text = texts[Number(data.values[row])]
      if (text === undefined) throw new Error(`a cell of the column ${name} is not in its dictionary`)
      return text
    })
  }
  if (DataType.isFixedSizeBinary(type) && metadata.get('ARROW:extension:name') === 'arrow.uuid') {
    const vector = new Vector([data])
    return valid(data, (row) => uuidText(vector.get(row) as Uint8Array))
  }
  return valid(data, isNested(type) ? nestedTexts(data, name) : scalarTexts(data, name))
}

/** Each value must lie in the file: the library would give `undefined` for another. */
function requireWhole(
  { type, length, nullCount, nullBitmap, values, valueOffsets, children }: Data,
  name: string,
): void {
  const counts: [have: number, wanted: number][] = [[children.length, 0]]
  if (nullCount !== 0) counts.push([(nullBitmap?.length ?? 0) * 8, length])
  if (DataType.isStruct(type)) for (const child of children) counts.push([child.length, length])
  else if (DataType.isBool(type)) counts.push([values.length * 8, length])
  else if (DataType.isFixedSizeBinary(type)) counts.push([values.length, length * type.byteWidth])
  else if (DataType.isDecimal(type)) counts.push([values.length, (length * type.bitWidth) / 32])
  else if (valueOffsets !== undefined && length > 0) counts.push([valueOffsets.length, length + 1])
  else if (!isNested(type) && values !== undefined) counts.push([values.length, length])
  if (counts.some(([have, wanted]) => have < wanted))
    throw new Error(`the column ${name} has fewer values than its record batch has rows`)
}

function valid(data: Data, text: Texts): Texts {
  return data.nullCount === 0 ? text : (row) => (data.getValid(row) ? text(row) : null)
}

/** Each value of a dictionary is made a text once, however many cells have it. */
function dictionaryTexts(dictionary: Vector, name: string): (string | null)[] {
  let texts = dictionaries.get(dictionary)
  if (!texts) {
    texts = dictionary.data.flatMap((part) => {
      const text = cellTexts(part, name, new Map())
      return Array.from({ length: part.length }, (_, row) => text(row))
    })
    dictionaries.set(dictionary, texts)
  }
  return texts
}

function scalarTexts(data: Data, name: string): Texts {
  const { type, values } = data
  if (DataType.isInt(type)) return (row) => String(values[row])
  if (DataType.isFloat(type)) {
    const { precision } = type as Float
    const vector = new Vector([data])
    if (precision === 0) return (row) => halfText(vector.get(row) as number)
    return precision === 1 ? (row) => floatText(values[row] as number) : (row) => realText(values[row] as number)
  }
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return stringTexts(data, name)
  if (DataType.isTimestamp(type)) {
    const { unit, timezone } = type as Timestamp
    const isInstant = timezone !== null && timezone !== undefined && timezone !== ''
    return (row) => timestampText(BigInt(values[row]), PARTS[unit]!, isInstant)
  }
  if (DataType.isDate(type))
    return (type as Date_).unit === 0
      ? (row) => dateText(values[row] as number)
      : (row) => dateText(Math.floor(Number(values[row]) / DAY_MS))
  if (DataType.isTime(type)) return (row) => timeText(BigInt(values[row]), PARTS[(type as Time).unit]!)
  if (DataType.isDuration(type)) return (row) => String(values[row])
  if (DataType.isDecimal(type)) return decimalTexts(data, type)
  if (DataType.isUtf8View(type)) return viewTexts(data, name)
  const vector = new Vector([data])
  if (DataType.isBool(type)) return (row) => String(vector.get(row))
  if (
    DataType.isBinary(type) ||
    DataType.isLargeBinary(type) ||
    DataType.isFixedSizeBinary(type) ||
    DataType.isBinaryView(type)
  )
    return (row) => bytesText(vector.get(row) as Uint8Array)
  throw unsupported(`the column ${name} has the type ${String(type)}`, 'Cast it in the tool that wrote the file.')
}

function stringTexts({ values, valueOffsets }: Data, name: string): Texts {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  if (!isUtf8(bytes)) throw new Error(`a text of the column ${name} is not UTF-8`)
  return (row) => {
    const start = Number(valueOffsets[row])
    const end = Number(valueOffsets[row + 1])
    if (!(start >= 0 && end >= start && end <= bytes.length))
      throw new Error(`a text of the column ${name} lies outside of the file`)
    return bytes.toString('utf8', start, end)
  }
}

/** The library's own texts lack a U+FEFF at their beginning, and hide what is not UTF-8. */
function viewTexts(data: Data, name: string): Texts {
  const vector = new Vector([data.clone(new BinaryView()) as Data<BinaryView>])
  return (row) => {
    const { buffer, byteOffset, byteLength } = vector.get(row)!
    const bytes = Buffer.from(buffer, byteOffset, byteLength)
    if (!isUtf8(bytes)) throw new Error(`a text of the column ${name} is not UTF-8`)
    return bytes.toString('utf8')
  }
}

function decimalTexts({ values }: Data, { scale, bitWidth }: Decimal): Texts {
  const words = bitWidth / 32
  return (row) => {
    let value = 0n
    for (let word = words - 1; word >= 0; word--) value = (value << 32n) | BigInt(values[row * words + word] as number)
    return decimalText(BigInt.asIntN(bitWidth, value), scale)
  }
}

function isNested(type: DataType): boolean {
  return (
    DataType.isList(type) ||
    DataType.isLargeList(type) ||
    DataType.isFixedSizeList(type) ||
    DataType.isStruct(type) ||
    DataType.isMap(type)
  )
}

/** Lists and structs as JSON, a map as an object. */
function nestedTexts(data: Data, name: string): (row: number) => string {
  const { type, children, valueOffsets } = data
  const members = children.map((child, index) => jsonTexts(child, name, (type.children as Field[])[index]!.metadata))
  const within = (start: number, end: number): [number, number] => {
    if (start >= 0 && end >= start && end <= children[0]!.length) return [start, end]
    throw new Error(`a list of the column ${name} lies outside of its values`)
  }
  if (DataType.isStruct(type)) {
    const names = type.children.map((field) => JSON.stringify(field.name))
    return (row) => `{${members.map((text, index) => `${names[index]}:${text(row)}`).join(',')}}`
  }
  if (DataType.isFixedSizeList(type)) {
    const { listSize } = type as FixedSizeList
    return (row) => `[${range(...within(row * listSize, (row + 1) * listSize), members[0]!)}]`
  }
  const bounds = (row: number): [number, number] => within(Number(valueOffsets[row]), Number(valueOffsets[row + 1]))
  if (!DataType.isMap(type)) return (row) => `[${range(...bounds(row), members[0]!)}]`
  const fields = (type.children as Field[])[0]!.type.children as Field[]
  const [keys, values] = children[0]!.children.map((child, index) => jsonTexts(child, name, fields[index]!.metadata))
  return (row) => `{${range(...bounds(row), (at) => `${memberName(keys!(at)!)}:${values!(at)}`)}}`
}

function range(start: number, end: number, text: Texts): string {
  let all = ''
  for (let at = start; at < end; at++) all += at === start ? text(at) : `,${text(at)}`
  return all
}

/** Values within a nested one: numbers, durations and booleans as they are, other texts in quotes. */
function jsonTexts(data: Data, name: string, metadata: Map<string, string>): Texts {
  const text = cellTexts(data, name, metadata)
  const type = DataType.isDictionary(data.type) ? data.type.dictionary : data.type
  const plain =
    isNested(type) ||
    DataType.isInt(type) ||
    DataType.isBool(type) ||
    DataType.isDecimal(type) ||
    DataType.isDuration(type)
  if (plain) return (row) => text(row) ?? 'null'
  if (DataType.isFloat(type)) return (row) => (Number.isFinite(Number(text(row) ?? NaN)) ? text(row) : 'null')
  return (row) => JSON.stringify(text(row))
}
