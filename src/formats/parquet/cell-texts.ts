import { isUtf8 } from 'node:buffer'
import type { SchemaElement } from 'hyparquet'
import { bytesText } from '../../model/cells.ts'
import { unsupported } from '../unsupported.ts'
import {
  bigEndian,
  dateText,
  decimalText,
  floatText,
  halfText,
  realText,
  timestampText,
  timeText,
  uuidText,
} from '../values.ts'
import type { Physical } from './pages.ts'

const PARTS = { MILLIS: 1_000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n }

/** How a column's stored values become cells. The logical type counts where both it and the older converted type are there. */
export function cellTexts(element: SchemaElement): (value: Physical) => string {
  requireFit(element)
  const { type, converted_type: converted, logical_type: logical } = element
  const scale = (logical?.type === 'DECIMAL' ? logical.scale : undefined) ?? element.scale ?? 0
  if (logical?.type === 'DECIMAL' || converted === 'DECIMAL')
    return (value) => decimalText(value instanceof Uint8Array ? bigEndian(value) : BigInt(value), scale)
  if (logical?.type === 'DATE' || converted === 'DATE') return (value) => dateText(Number(value))
  if (logical?.type === 'TIMESTAMP')
    return (value) => timestampText(value as bigint, PARTS[logical.unit], logical.isAdjustedToUTC)
  if (logical?.type === 'TIME') return (value) => timeText(BigInt(value as bigint), PARTS[logical.unit])
  if (converted === 'TIMESTAMP_MILLIS' || converted === 'TIMESTAMP_MICROS')
    return (value) =>
      timestampText(value as bigint, converted === 'TIMESTAMP_MILLIS' ? PARTS.MILLIS : PARTS.MICROS, true)
  if (converted === 'TIME_MILLIS' || converted === 'TIME_MICROS')
    return (value) => timeText(BigInt(value as bigint), converted === 'TIME_MILLIS' ? PARTS.MILLIS : PARTS.MICROS)
  // Impala's and Spark's old timestamps: nanoseconds, in no zone that the file tells.
  if (type === 'INT96') return (value) => timestampText(nanosOf(value as bigint), PARTS.NANOS, false)
  if (logical?.type === 'UUID') return (value) => uuidText(value as Uint8Array)
  if (logical?.type === 'FLOAT16') return (value) => halfText(halfFloat(value as Uint8Array))
  if (converted === 'INTERVAL')
    throw unsupported(`the column ${element.name} has the type INTERVAL`, 'Cast it in the tool that wrote the file.')
  if (type === 'BYTE_ARRAY' && isText(element)) return (value) => utf8(value as Uint8Array)
  if (type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY') return (value) => bytesText(value as Uint8Array)
  if (type === 'FLOAT') return (value) => floatText(value as number)
  if (type === 'DOUBLE') return (value) => realText(value as number)
  if (converted === 'UINT_64' || (type === 'INT64' && logical?.type === 'INTEGER' && !logical.isSigned))
    return (value) => BigInt.asUintN(64, value as bigint).toString()
  if (converted?.startsWith('UINT_') || (logical?.type === 'INTEGER' && !logical.isSigned))
    return (value) => String((value as number) >>> 0)
  return String
}

/** What a type can be stored as; others are stored in more than one way. */
const STORED: Record<string, SchemaElement['type']> = {
  UTF8: 'BYTE_ARRAY',
  ENUM: 'BYTE_ARRAY',
  STRING: 'BYTE_ARRAY',
  JSON: 'BYTE_ARRAY',
  DATE: 'INT32',
  TIME_MILLIS: 'INT32',
  TIME_MICROS: 'INT64',
  TIMESTAMP: 'INT64',
  TIMESTAMP_MILLIS: 'INT64',
  TIMESTAMP_MICROS: 'INT64',
  INT_8: 'INT32',
  INT_16: 'INT32',
  INT_32: 'INT32',
  INT_64: 'INT64',
  UINT_8: 'INT32',
  UINT_16: 'INT32',
  UINT_32: 'INT32',
  UINT_64: 'INT64',
  UUID: 'FIXED_LEN_BYTE_ARRAY',
  FLOAT16: 'FIXED_LEN_BYTE_ARRAY',
}

/** A file that says otherwise is damaged: its values would be others, as pyarrow and DuckDB say. */
function requireFit({ name, type, converted_type: converted, logical_type: logical }: SchemaElement): void {
  for (const meant of [converted, logical?.type])
    if (meant !== undefined && Object.hasOwn(STORED, meant) && STORED[meant] !== type)
      throw new Error(`the column ${name} is stored as ${type}, and says that it is ${meant}`)
}

function isText({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  return ['UTF8', 'ENUM', 'JSON'].includes(converted ?? '') || ['STRING', 'ENUM', 'JSON'].includes(logical?.type ?? '')
}

function utf8(value: Uint8Array): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (!isUtf8(bytes)) throw new Error(`a text is not UTF-8: ${JSON.stringify(bytes.toString('latin1', 0, 40))}`)
  return bytes.toString('utf8')
}

/** Of an old timestamp, whose upper 32 bits are the day (Julian), and the lower 64 its nanoseconds. */
function nanosOf(value: bigint): bigint {
  return ((value >> 64n) - 2_440_588n) * 86_400_000_000_000n + (value & 0xffff_ffff_ffff_ffffn)
}

/** IEEE 754 binary16, its lower byte first. */
function halfFloat(bytes: Uint8Array): number {
  const bits = bytes[0]! | (bytes[1]! << 8)
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = (bits & 1023) / 1024
  if (exponent === 0) return sign * 2 ** -14 * fraction
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * 2 ** (exponent - 15) * (1 + fraction)
}

/** Whether JSON has it as a number. */
export function isJsonNumber({ type, converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  if (logical?.type === 'DECIMAL' || converted === 'DECIMAL' || logical?.type === 'FLOAT16') return true
  if (logical?.type === 'INTEGER' || /^U?INT_/.test(converted ?? '')) return true
  return !logical && !converted && ['INT32', 'INT64', 'FLOAT', 'DOUBLE'].includes(type ?? '')
}
