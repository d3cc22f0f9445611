import { isUtf8 } from 'node:buffer'
import { bytesText } from '../../model/cells.ts'
import { dateText, decimalText, floatText, realText, timestampText, timeText, uuidText } from '../values.ts'

/* The packed form of a variant ("Parquet Variant Binary Encoding"), as JSON whose numbers keep their digits. */

/** An object's members: their names, and their values as JSON. */
export type Members = Map<string, string>
/** JSON, or the members of an object. */
export type VariantValue = string | Members

const DEEPEST = 500
const MICROS = 1_000_000n
const NANOS = 1_000_000_000n

const names = new WeakMap<Uint8Array, string[]>()

/** @param metadata the names that the value uses */
export function variantValue(metadata: Uint8Array, value: Uint8Array): VariantValue {
  let known = names.get(metadata)
  if (!known) names.set(metadata, (known = namesOf(metadata)))
  return valueOf(new Bytes(value), known, 0)
}

/** An object's JSON; its members are in the order that the packed form has, by their bytes. */
export function membersText(members: Members): string {
  const sorted = [...members].map(([name, text]) => ({ bytes: Buffer.from(name), name, text }))
  sorted.sort((one, other) => Buffer.compare(one.bytes, other.bytes))
  return `{${sorted.map(({ name, text }) => `${JSON.stringify(name)}:${text}`).join(',')}}`
}

function namesOf(metadata: Uint8Array): string[] {
  if (metadata.length === 0) return []
  const bytes = new Bytes(metadata)
  const header = bytes.unsigned(1)
  if ((header & 15) !== 1) throw new Error(`a variant has the version ${header & 15}, which is not known`)
  const width = (header >> 6) + 1
  const count = bytes.unsigned(width)
  const offsets = bytes.unsignedList(count + 1, width)
  const texts = bytes.rest()
  return Array.from({ length: count }, (_, index) =>
    texts.from(offsets[index]!).text(offsets[index + 1]! - offsets[index]!),
  )
}

function valueOf(bytes: Bytes, known: string[], depth: number): VariantValue {
  if (depth > DEEPEST) throw new Error(`a variant is nested deeper than ${DEEPEST}`)
  const head = bytes.unsigned(1)
  const rest = head >> 2
  switch (head & 3) {
    case 0:
      return primitive(bytes, rest)
    case 1:
      return JSON.stringify(bytes.text(rest))
    case 2:
      return objectMembers(bytes, rest, known, depth)
    default:
      return elements(bytes, rest, known, depth)
  }
}

function objectMembers(bytes: Bytes, header: number, known: string[], depth: number): Members {
  const count = bytes.unsigned(header & 16 ? 4 : 1)
  const ids = bytes.unsignedList(count, ((header >> 2) & 3) + 1)
  const offsets = bytes.unsignedList(count + 1, (header & 3) + 1)
  const values = bytes.rest()
  const found: Members = new Map()
  ids.forEach((id, index) => {
    const name = known[id]
    if (name === undefined) throw new Error('a variant uses a name that is not there')
    found.set(name, jsonOf(values.from(offsets[index]!), known, depth + 1))
  })
  return found
}

function elements(bytes: Bytes, header: number, known: string[], depth: number): string {
  const count = bytes.unsigned(header & 4 ? 4 : 1)
  const offsets = bytes.unsignedList(count + 1, (header & 3) + 1)
  const values = bytes.rest()
  const texts = Array.from({ length: count }, (_, index) => jsonOf(values.from(offsets[index]!), known, depth + 1))
  return `[${texts.join(',')}]`
}

function jsonOf(bytes: Bytes, known: string[], depth: number): string {
  const value = valueOf(bytes, known, depth)
  return typeof value === 'string' ? value : membersText(value)
}

function primitive(bytes: Bytes, type: number): string {
  switch (type) {
    case 0:
      return 'null'
    case 1:
    case 2:
      return String(type === 1)
    case 3:
    case 4:
    case 5:
    case 6:
      return bytes.signed(2 ** (type - 3)).toString()
    case 7:
      return number(realText(bytes.view(8).getFloat64(0, true)))
    case 8:
    case 9:
    case 10:
      return decimal(bytes, 2 ** (type - 6))
    case 11:
      return quoted(dateText(Number(bytes.signed(4))))
    case 12:
    case 13:
      return quoted(timestampText(bytes.signed(8), MICROS, type === 12))
    case 14: {
      return number(floatText(bytes.view(4).getFloat32(0, true)))
    }
    case 15:
      return quoted(bytesText(bytes.slice(bytes.unsigned(4))))
    case 16:
      return JSON.stringify(bytes.text(bytes.unsigned(4)))
    case 17:
      return quoted(timeText(bytes.signed(8), MICROS))
    case 18:
    case 19:
      return quoted(timestampText(bytes.signed(8), NANOS, type === 18))
    case 20:
      return quoted(uuidText(bytes.slice(16)))
    default:
      throw new Error(`a variant has the type ${type}, which is not known`)
  }
}

function decimal(bytes: Bytes, width: number): string {
  const scale = bytes.unsigned(1)
  if (scale > 38) throw new Error(`a variant has a decimal of the scale ${scale}`)
  return decimalText(bytes.signed(width), scale)
}

/** JSON has no other numbers. */
function number(text: string): string {
  return Number.isFinite(Number(text)) ? text : 'null'
}

function quoted(text: string): string {
  return `"${text}"`
}

/** Reads on in bytes, whose numbers have their lowest byte first. */
class Bytes {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  slice(length: number): Buffer {
    const end = this.#at + length
    if (!(length >= 0 && end <= this.#bytes.length)) throw new Error('a variant reaches beyond its end')
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return bytes
  }

  view(length: number): DataView {
    const bytes = this.slice(length)
    return new DataView(bytes.buffer, bytes.byteOffset, length)
  }

  unsigned(width: number): number {
    return this.slice(width).readUIntLE(0, width)
  }

  unsignedList(count: number, width: number): number[] {
    const bytes = this.slice(count * width)
    return Array.from({ length: count }, (_, index) => bytes.readUIntLE(index * width, width))
  }

  signed(width: number): bigint {
    return BigInt.asIntN(width * 8, BigInt(`0x${Buffer.from(this.slice(width).toReversed()).toString('hex')}`))
  }

  text(length: number): string {
    const bytes = this.slice(length)
    if (!isUtf8(bytes)) throw new Error('a text of a variant is not UTF-8')
    return bytes.toString('utf8')
  }

  rest(): Bytes {
    return this.from(0)
  }

  /** The bytes from here, so many of them left out. */
  from(offset: number): Bytes {
    if (this.#at + offset > this.#bytes.length) throw new Error('a variant reaches beyond its end')
    return new Bytes(this.#bytes.subarray(this.#at + offset))
  }
}
