import {
  Binary,
  Bool,
  DateDay,
  Decimal,
  Duration,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  Time,
  Timestamp,
  TimeUnit,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  type DataType,
} from 'apache-arrow'
import type { ColumnKind } from '../kinds.ts'

const UNITS = {
  s: TimeUnit.SECOND,
  ms: TimeUnit.MILLISECOND,
  us: TimeUnit.MICROSECOND,
  ns: TimeUnit.NANOSECOND,
} as const

/** Arrow's type for a kind of column. */
export function arrowType(column: ColumnKind): DataType {
  switch (column.kind) {
    case 'integer':
      return integerType(column)
    case 'real':
      return column.bits === 32 ? new Float32() : new Float64()
    case 'boolean':
      return new Bool()
    case 'date':
      return new DateDay()
    case 'decimal':
      return new Decimal(column.scale, column.precision, 128)
    case 'time':
      return new Time(UNITS[column.unit], column.unit === 's' || column.unit === 'ms' ? 32 : 64)
    case 'duration':
      return new Duration(UNITS[column.unit])
    case 'timestamp':
      return new Timestamp(UNITS[column.unit], column.zone ?? null)
    case 'bytes':
      return new Binary()
    case 'text':
      return new Utf8()
  }
}

function integerType({ bits, signed }: Extract<ColumnKind, { kind: 'integer' }>): DataType {
  if (signed) return bits === 64 ? new Int64() : bits === 32 ? new Int32() : bits === 16 ? new Int16() : new Int8()
  return bits === 64 ? new Uint64() : bits === 32 ? new Uint32() : bits === 16 ? new Uint16() : new Uint8()
}
