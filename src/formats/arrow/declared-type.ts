import { DataType, type Decimal, type Float, type Int, type Time, type Timestamp, type Duration } from 'apache-arrow'
import { keptZone, typeText } from '../../model/column-type.ts'
import type { ColumnType, TimeUnit } from '../../types.ts'

/** By TimeUnit of Arrow. */
const UNITS: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns']

/** What a column of an Arrow file is declared to be; `any` for a type that has no like here. */
export function declaredType(type: DataType, metadata: ReadonlyMap<string, string>): ColumnType {
  if (DataType.isDictionary(type)) return declaredType(type.dictionary, metadata)
  if (DataType.isInt(type)) {
    const { bitWidth, isSigned } = type as Int
    return typeText({ kind: 'integer', bits: bitWidth as 8, signed: isSigned })
  }
  if (DataType.isFloat(type)) return (type as Float).precision === 2 ? 'real' : 'real(32)'
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)) return 'text'
  if (DataType.isBool(type)) return 'boolean'
  if (DataType.isDate(type)) return 'date'
  if (DataType.isTime(type)) return `time(${UNITS[(type as Time).unit]!})`
  if (DataType.isDuration(type)) return `duration(${UNITS[(type as Duration).unit]!})`
  if (DataType.isTimestamp(type)) {
    const { unit, timezone } = type as Timestamp
    const zone = timezone === null || timezone === undefined || timezone === '' ? undefined : keptZone(timezone)
    return typeText({ kind: 'timestamp', unit: UNITS[unit]!, zone })
  }
  if (DataType.isDecimal(type)) {
    const { precision, scale } = type as Decimal
    return precision > 38 || scale < 0 || scale > precision ? 'any' : `decimal(${precision},${scale})`
  }
  if (DataType.isFixedSizeBinary(type) && metadata.get('ARROW:extension:name') === 'arrow.uuid') return 'text'
  if (
    DataType.isBinary(type) ||
    DataType.isLargeBinary(type) ||
    DataType.isFixedSizeBinary(type) ||
    DataType.isBinaryView(type)
  )
    return 'bytes'
  return DataType.isNull(type) ? 'any' : 'json'
}
