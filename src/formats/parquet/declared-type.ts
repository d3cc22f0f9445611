import type { SchemaElement } from 'hyparquet'
import { typeText } from '../../model/column-type.ts'
import type { ColumnType, TimeUnit } from '../../types.ts'

const UNITS = { MILLIS: 'ms', MICROS: 'us', NANOS: 'ns' } as const satisfies Record<string, TimeUnit>
/** How many digits a decimal has at most that has a type of its own. */
const MOST_DIGITS = 38

/** What a column of a Parquet file is declared to be. The logical type counts before the older converted one. */
export function declaredType(element: SchemaElement): ColumnType {
  const { type, converted_type: converted, logical_type: logical } = element
  if (type === undefined || element.repetition_type === 'REPEATED') return 'json'
  switch (logical?.type) {
    case 'DECIMAL':
      return decimal(logical.precision, logical.scale ?? 0)
    case 'DATE':
      return 'date'
    case 'TIMESTAMP':
      return logical.isAdjustedToUTC ? `timestamp(${UNITS[logical.unit]}, UTC)` : `timestamp(${UNITS[logical.unit]})`
    case 'TIME':
      return `time(${UNITS[logical.unit]})`
    case 'INTEGER':
      return typeText({ kind: 'integer', bits: logical.bitWidth as 8, signed: logical.isSigned })
    case 'FLOAT16':
      return 'real(32)'
    case 'STRING':
    case 'ENUM':
    case 'UUID':
      return 'text'
    case 'JSON':
      return 'json'
  }
  const whole = /^(U?)INT_(\d+)$/.exec(converted ?? '')
  if (whole) return typeText({ kind: 'integer', bits: Number(whole[2]) as 8, signed: whole[1] === '' })
  switch (converted) {
    case 'DECIMAL':
      return decimal(element.precision, element.scale ?? 0)
    case 'DATE':
      return 'date'
    case 'TIMESTAMP_MILLIS':
    case 'TIMESTAMP_MICROS':
      return converted === 'TIMESTAMP_MILLIS' ? 'timestamp(ms, UTC)' : 'timestamp(us, UTC)'
    case 'TIME_MILLIS':
    case 'TIME_MICROS':
      return converted === 'TIME_MILLIS' ? 'time(ms)' : 'time(us)'
    case 'UTF8':
    case 'ENUM':
      return 'text'
    case 'JSON':
      return 'json'
  }
  switch (type) {
    case 'BOOLEAN':
      return 'boolean'
    case 'INT32':
      return 'integer(32)'
    case 'INT64':
      return 'integer'
    case 'FLOAT':
      return 'real(32)'
    case 'DOUBLE':
      return 'real'
    case 'INT96':
      return 'timestamp(ns)'
    default:
      return 'bytes'
  }
}

function decimal(precision: number | undefined, scale: number): ColumnType {
  if (precision === undefined || precision > MOST_DIGITS || scale < 0 || scale > precision) return 'any'
  return `decimal(${precision},${scale})`
}
