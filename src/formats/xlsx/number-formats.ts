import { dateText, timestampText, timeText } from '../values.ts'

/** What a cell's number format makes of its number. */
export type NumberFormat = { kind: 'plain' | 'date' | 'timestamp' | 'time' } | { kind: 'fixed'; digits: number }

const DAY_MS = 86_400_000
/** Days from 1899-12-30 to 1970-01-01, and what the other system's days begin later. */
const EPOCH = 25_569
const MAC_DAYS = 1462
/** 9999-12-31. */
const LAST_DAY = 2_958_465

/** The formats that a file need not tell (ECMA-376, 18.8.30 numFmt), those of them that are dates or times. */
const BUILT_IN: Record<number, NumberFormat['kind']> = {
  14: 'date',
  15: 'date',
  16: 'date',
  17: 'date',
  18: 'time',
  19: 'time',
  20: 'time',
  21: 'time',
  22: 'timestamp',
  27: 'date',
  28: 'date',
  29: 'date',
  30: 'date',
  31: 'date',
  32: 'time',
  33: 'time',
  34: 'time',
  35: 'time',
  36: 'date',
  45: 'time',
  47: 'time',
  50: 'date',
  51: 'date',
  52: 'date',
  53: 'date',
  54: 'date',
  55: 'date',
  56: 'date',
  57: 'date',
  58: 'date',
}

export function numberFormat(id: number, code: string | undefined): NumberFormat {
  if (code === undefined) {
    if (id === 2) return { kind: 'fixed', digits: 2 }
    return { kind: BUILT_IN[id] ?? 'plain' } as NumberFormat
  }
  const fixed = /^0\.(0{1,15})$/.exec(code)
  if (fixed) return { kind: 'fixed', digits: fixed[1]!.length }
  // The first section counts; texts in quotes, escaped characters, colours and conditions are no part of it.
  const plain = code
    .split(';')[0]!
    .replace(/"[^"]*"|\\.|_.|\*./g, '')
    .toLowerCase()
  // Hours that go on beyond 24 are a length of time, no time of the day.
  if (/\[(h+|m+|s+)\]/.test(plain)) return { kind: 'plain' }
  const letters = plain.replace(/\[[^\]]*\]|general|am\/pm|a\/p/g, '')
  const hasTime = /[hs]/.test(letters)
  const hasDate = /[yd]/.test(letters) || (letters.includes('m') && !hasTime)
  if (hasDate) return { kind: hasTime ? 'timestamp' : 'date' }
  return { kind: hasTime ? 'time' : 'plain' }
}

/** The text of a number as its format means it; a number that is no date under it stays a number. */
export function formatted(text: string, format: NumberFormat | undefined, isMac: boolean): string {
  const plain = numberText(text)
  if (!format || format.kind === 'plain') return plain
  const value = Number(text)
  if (format.kind === 'fixed') {
    const shown = value.toFixed(format.digits)
    return Number(shown) === value && Math.abs(value) < 1e15 ? shown : plain
  }
  const ms = Math.round(value * DAY_MS)
  const day = Math.floor(ms / DAY_MS)
  const rest = ms - day * DAY_MS
  if (format.kind === 'time' && day === 0 && value >= 0) return timeText(BigInt(rest), 1000n)
  const days = daysSince1970(day, isMac)
  if (!Number.isFinite(value) || days === undefined) return plain
  if (format.kind === 'date' && rest === 0) return dateText(days)
  return timestampText(BigInt(days) * BigInt(DAY_MS) + BigInt(rest), 1000n, false)
}

/** A date that stands in the cell as a text (ISO 8601), in the one spelling that it has from a number. */
export function isoText(text: string, format: NumberFormat | undefined): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?$/.exec(text)
  if (!match) return text
  const [, date, time, digits = ''] = match
  const clock = time!.length === 5 ? `${time}:00` : time!
  const fraction = digits.padEnd(Math.ceil(digits.length / 3) * 3, '0').replace(/(000)+$/, '')
  if (format?.kind === 'date' && clock === '00:00:00' && fraction === '') return date!
  return `${date}T${clock}${fraction === '' ? '' : `.${fraction}`}`
}

/** Integers keep their digits; other numbers are written in the shortest way. */
function numberText(text: string): string {
  if (/^-?(0|[1-9]\d{0,18})$/.test(text) && text !== '-0') return text
  const value = Number(text)
  return text.trim() === '' || Number.isNaN(value) ? text : String(value)
}

/** Excel takes 1900 for a leap year: its day 60 is none, those before it are one less. */
function daysSince1970(day: number, isMac: boolean): number | undefined {
  if (isMac) return day >= 0 && day <= LAST_DAY - MAC_DAYS ? day + MAC_DAYS - EPOCH : undefined
  if (day < 1 || day > LAST_DAY || day === 60) return undefined
  return day > 60 ? day - EPOCH : day - EPOCH + 1
}
