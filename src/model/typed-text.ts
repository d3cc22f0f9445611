import type { TypeData } from './column-type.ts'

/*
 * The one text that a value of a type has as a cell, of the spellings that programs write it in: pandas' `2024-01-01 00:00:00`
 * and `inf`, R's `1.50`, Excel's `TRUE`.
 */

/** Digits of a whole number that a double holds for sure: one with more is not rounded without a word. */
const WHOLE_DIGITS = 15
const MOMENT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?: ?(Z|[+-]\d\d:?\d\d))?)?$/

/** The text of the value that `text` spells, in a column of that type; the same text if it spells none. */
export function normalText(text: string, type: TypeData): string {
  switch (type.kind) {
    case 'integer':
      // What pandas makes of integers beside a missing one.
      return /^-?(0|[1-9]\d*)\.0+$/.test(text) ? wholePart(text) : text
    case 'real':
      return realText(text)
    case 'decimal':
      return type.precision === undefined ? text : decimalText(text, type.scale)
    case 'boolean':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() : text
    case 'date':
      return text.replace(/^(\d{4}-\d\d-\d\d)[T ]00:00:00(?:\.0+)?$/, '$1')
    case 'time':
      return text.replace(
        /^(\d\d:\d\d:\d\d)\.(\d{1,9})$/,
        (_, clock: string, digits: string) => clock + fraction(digits),
      )
    case 'timestamp':
      return momentText(text, type.zone !== undefined)
    default:
      return text
  }
}

function wholePart(text: string): string {
  const whole = text.slice(0, text.indexOf('.'))
  return whole === '-0' ? '0' : whole
}

function realText(text: string): string {
  const special = /^([+-]?)(?:inf|infinity)$|^[+-]?(nan)$/i.exec(text)
  if (special) return special[2] === undefined ? `${special[1] === '-' ? '-' : ''}Infinity` : 'NaN'
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return text
  if (/^[+-]?\d+$/.test(text) && text.replace(/^[+-]?0*/, '').length > WHOLE_DIGITS) return text
  const value = Number(text)
  return Number.isFinite(value) ? String(value) : text
}

function decimalText(text: string, scale: number): string {
  const parts = /^\+?(-?)0*(\d+?)(?:\.(\d*?)0*)?$/.exec(text)
  if (!parts) return text
  const [, sign = '', whole, digits = ''] = parts
  if (digits.length > scale) return text
  const isZero = whole === '0' && digits === ''
  return `${isZero ? '' : sign}${whole}${scale === 0 ? '' : `.${digits.padEnd(scale, '0')}`}`
}

/** A moment of a zone is told by its offset, and written in UTC; a day alone is its midnight. */
function momentText(text: string, hasZone: boolean): string {
  const [, day, clock = '00:00:00', digits = '', offset] = MOMENT.exec(text) ?? []
  if (day === undefined || (offset !== undefined) !== hasZone) return text
  if (offset === undefined || offset === 'Z') return `${day}T${clock}${fraction(digits)}${offset ?? ''}`
  const at = Date.parse(`${day}T${clock}${offset.length === 5 ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset}`)
  const iso = Number.isNaN(at) ? '' : new Date(at).toISOString()
  return /^\d{4}-/.test(iso) ? `${iso.slice(0, 19)}${fraction(digits)}Z` : text
}

/** 3, 6 or 9 digits, as many as are needed. */
function fraction(digits: string): string {
  const needed = digits.replace(/0+$/, '')
  return needed === '' ? '' : `.${needed.padEnd(Math.ceil(needed.length / 3) * 3, '0')}`
}
