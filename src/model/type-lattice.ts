import type { ColumnType } from '../types.ts'
import { parseType, typeText, type TypeData } from './column-type.ts'

/*
 * The type of a column after a source of another type: integers and reals widen to the narrowest that holds both, times to
 * the finer unit; what has no such type is `any`, where each cell stays what it is. A column of the type `any`, or `text`, stays so.
 */

const UNITS = ['s', 'ms', 'us', 'ns'] as const

/** The type that a table's column of one type has after a save of another. */
export function widened(table: ColumnType, source: ColumnType): ColumnType {
  if (table === source || source === 'any' || table === 'any' || table === 'text') return table
  const joined = join(parseType(table)!, parseType(source)!)
  return joined ? typeText(joined) : 'any'
}

function join(a: TypeData, b: TypeData): TypeData | undefined {
  if (a.kind === 'integer' && b.kind === 'integer') return joinedIntegers(a, b)
  if ((a.kind === 'real' || a.kind === 'integer') && (b.kind === 'real' || b.kind === 'integer'))
    // 24 binary digits hold every integer of 16.
    return {
      kind: 'real',
      bits: [a, b].every((one) => (one.kind === 'real' ? one.bits === 32 : one.bits <= 16)) ? 32 : 64,
    }
  if (a.kind === 'decimal' && b.kind === 'decimal' && a.scale === b.scale)
    return {
      kind: 'decimal',
      scale: a.scale,
      precision:
        a.precision === undefined || b.precision === undefined ? undefined : Math.max(a.precision, b.precision),
    }
  if (a.kind === 'time' && b.kind === 'time') return { ...a, unit: finer(a.unit, b.unit) }
  if (a.kind === 'timestamp' && b.kind === 'timestamp') {
    if ((a.zone === undefined) !== (b.zone === undefined)) return undefined
    return { ...a, unit: finer(a.unit, b.unit), zone: a.zone === b.zone ? a.zone : 'UTC' }
  }
  return undefined
}

type Integer = Extract<TypeData, { kind: 'integer' }>

function joinedIntegers(a: Integer, b: Integer): Integer | undefined {
  const signed = a.signed || b.signed
  if (signed && [a, b].some((one) => !one.signed && one.bits === 64)) return undefined
  // A sign takes a bit of what had none.
  const needed = [a, b].map((one) => (one.signed === signed ? one.bits : one.bits * 2))
  return { kind: 'integer', bits: Math.min(64, Math.max(...needed)) as Integer['bits'], signed }
}

function finer<T extends (typeof UNITS)[number]>(a: T, b: T): T {
  return UNITS.indexOf(a) > UNITS.indexOf(b) ? a : b
}
