import { isUtf8 } from 'node:buffer'
import type { ParquetParsers, SchemaElement } from 'hyparquet'
import { bigEndian, bytesText, dateText, decimalText, floatText, realText, timestampText, timeText } from '../values.ts'

/** A value as the file stores it. */
type Physical = number | bigint | boolean | Uint8Array

const PARTS = { MILLIS: 1_000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n }

/** How a column's stored values become cells. The logical type counts where both it and the older converted type are there. */
export function cellTexts(element: SchemaElement): (value: Physical) => string {
  const { type, converted_type: converted, logical_type: logical, scale = 0 } = element
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
  if (type === 'INT96') return (value) => timestampText(value as bigint, PARTS.NANOS, false)
  if (logical?.type === 'UUID') return (value) => uuidText(value as Uint8Array)
  if (logical?.type === 'FLOAT16') return (value) => realText(halfFloat(value as Uint8Array))
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

function isText({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  return ['UTF8', 'ENUM', 'JSON'].includes(converted ?? '') || ['STRING', 'ENUM', 'JSON'].includes(logical?.type ?? '')
}

function utf8(value: Uint8Array): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (!isUtf8(bytes)) throw new Error(`a text is not UTF-8: ${JSON.stringify(bytes.toString('latin1', 0, 40))}`)
  return bytes.toString('utf8')
}

function uuidText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
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

/** What the library converts all the same: the names of maps and variants, and the old timestamps, which stay nanoseconds. */
export const nestedParsers: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (value: bigint) => timestampText(value, PARTS.MILLIS, false),
  timestampFromMicroseconds: (value: bigint) => timestampText(value, PARTS.MICROS, false),
  timestampFromNanoseconds: (value: bigint) => value,
  dateFromDays: (days: number) => dateText(days),
}
