import type { Value } from '../types.ts'

/* Which of two values is the later one: dates and moments, ISO 8601, or numbers. */

const MOMENT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(?: ?(Z|[+-]\d\d:?\d\d))?)?$/

/** 1 if `a` is later, -1 if `b` is, 0 if they are the same; undefined if they can't be compared. */
export function laterOf(a: Value, b: Value): -1 | 0 | 1 | undefined {
  if (isNumber(a) && isNumber(b)) return a > b ? 1 : a < b ? -1 : a === b || Number(a) === Number(b) ? 0 : undefined
  if (typeof a !== 'string' || typeof b !== 'string') return undefined
  const [one, other] = [momentOf(a), momentOf(b)]
  // A moment with an offset is not before or after one whose zone nobody knows.
  if (!one || !other || one.hasOffset !== other.hasOffset) return undefined
  if (one.seconds !== other.seconds) return one.seconds > other.seconds ? 1 : -1
  return one.nanos > other.nanos ? 1 : one.nanos < other.nanos ? -1 : 0
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && !Number.isNaN(value))
}

function momentOf(text: string): { seconds: number; nanos: number; hasOffset: boolean } | undefined {
  const [, day, clock = '00:00', digits = '', offset] = MOMENT.exec(text) ?? []
  if (day === undefined) return undefined
  const zone = offset === undefined || offset === 'Z' ? 'Z' : offset.replace(/^(...):?(..)$/, '$1:$2')
  const at = Date.parse(`${day}T${clock.length === 5 ? `${clock}:00` : clock}${zone}`)
  if (Number.isNaN(at)) return undefined
  return { seconds: at / 1000, nanos: Number(digits.padEnd(9, '0')), hasOffset: offset !== undefined }
}
