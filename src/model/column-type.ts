import type { ColumnType, PinnedType, TimeUnit } from '../types.ts'
import { REALS } from './numbers.ts'

/*
 * A column's type as plain data, and its one text. A type says two things: how cells are stored, which is one of a few ways
 * that every engine has, and what the column is written as by a format that has types.
 */

export type TypeData =
  | { kind: 'any' | 'text' | 'boolean' | 'date' | 'bytes' | 'json' }
  | { kind: 'integer'; bits: 8 | 16 | 32 | 64; signed: boolean }
  | { kind: 'real'; bits: 32 | 64 }
  | { kind: 'decimal'; precision: number | undefined; scale: number }
  | { kind: 'time' | 'duration'; unit: TimeUnit }
  | { kind: 'timestamp'; unit: TimeUnit; zone: string | undefined }

/** How cells are stored: `any` decides cell by cell. */
export type StoredAs = 'any' | 'text' | 'integer' | 'real' | 'decimal'

const PLAIN: readonly string[] = ['any', 'text', 'boolean', 'date', 'bytes', 'json'] satisfies TypeData['kind'][]
/** Names of zones as IANA and pandas write them, without what SQLite would take for a column's type; another one is not kept. */
const ZONE = /^(?!.*int)[A-Za-z0-9_+:/-]{1,64}$/i
/** A decimal of more digits is none that Arrow and Parquet have in 128 bits. */
const MOST_DIGITS = 38

const known = new Map<string, TypeData | undefined>()

/** The type that a text names; undefined if it names none. */
export function parseType(text: string): TypeData | undefined {
  if (known.has(text)) return known.get(text)
  const data = parsed(text)
  // What others may give in any number is not kept.
  if (data && known.size < 10_000) known.set(text, data)
  return data
}

/** The one text of a type. */
export function typeText(data: TypeData): ColumnType {
  switch (data.kind) {
    case 'integer':
      if (data.signed) return data.bits === 64 ? 'integer' : `integer(${data.bits})`
      return `unsigned(${data.bits})`
    case 'real':
      return data.bits === 64 ? 'real' : 'real(32)'
    case 'decimal':
      return data.precision === undefined ? `decimal(${data.scale})` : `decimal(${data.precision},${data.scale})`
    case 'time':
    case 'duration':
      return `${data.kind}(${data.unit})`
    case 'timestamp':
      return data.zone === undefined ? `timestamp(${data.unit})` : `timestamp(${data.unit}, ${data.zone})`
    default:
      return data.kind
  }
}

/** Whether a text names a type that a save may pin. */
export function isPinnedType(text: string): text is PinnedType {
  const data = parseType(text)
  if (data?.kind === 'integer') return data.bits === 64 && data.signed
  if (data?.kind === 'real') return data.bits === 64
  return data?.kind === 'any' || data?.kind === 'text' || (data?.kind === 'decimal' && data.precision === undefined)
}

/** How a column of that type stores its cells. */
export function storedAs(type: ColumnType): StoredAs {
  const data = parseType(type)
  switch (data?.kind) {
    case 'integer':
      // The engines' integers have 63 bits and a sign: a greater one is a text.
      return data.signed || data.bits < 64 ? 'integer' : 'any'
    case 'duration':
      return 'integer'
    case 'real':
    case 'decimal':
      return data.kind
    case undefined:
    case 'any':
      return 'any'
    default:
      return 'text'
  }
}

/** The digits after the point that a column's type pins; negative if it pins none: `REALS` of a column of reals. */
export function pinnedScale(type: ColumnType): number {
  // Most columns have no type, and each of their cells asks.
  if (type === 'any') return -1
  const data = parseType(type)
  if (data?.kind === 'real') return REALS
  return data?.kind === 'decimal' ? data.scale : -1
}

/** A zone that a type can keep; `UTC` for another. */
export function keptZone(zone: string): string {
  return ZONE.test(zone) ? zone : 'UTC'
}

function parsed(text: string): TypeData | undefined {
  if (PLAIN.includes(text)) return { kind: text } as TypeData
  if (text === 'integer') return { kind: 'integer', bits: 64, signed: true }
  if (text === 'real') return { kind: 'real', bits: 64 }
  if (text === 'real(32)') return { kind: 'real', bits: 32 }
  const whole = /^(?:(integer)|unsigned)\((8|16|32|64)\)$/.exec(text)
  if (whole && text !== 'integer(64)')
    return { kind: 'integer', bits: Number(whole[2]) as 8 | 16 | 32 | 64, signed: whole[1] !== undefined }
  const decimal = /^decimal\((?:(\d{1,2}),)?(\d{1,2})\)$/.exec(text)
  if (decimal) {
    const precision = decimal[1] === undefined ? undefined : Number(decimal[1])
    const scale = Number(decimal[2])
    if (precision !== undefined && (precision < 1 || precision > MOST_DIGITS || scale > precision)) return undefined
    return { kind: 'decimal', precision, scale }
  }
  const moment = /^(time|duration|timestamp)\((s|ms|us|ns)(?:, (.+))?\)$/.exec(text)
  if (!moment) return undefined
  const unit = moment[2] as TimeUnit
  const zone = moment[3]
  if (moment[1] !== 'timestamp') return zone === undefined ? { kind: moment[1] as 'time', unit } : undefined
  return zone === undefined || ZONE.test(zone) ? { kind: 'timestamp', unit, zone } : undefined
}
