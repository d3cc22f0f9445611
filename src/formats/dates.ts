/*
 * Dates and timestamps in the one text that `values.ts` gives them. Another text, say of a day that there is not, is no
 * date here, so that what is written as one reads back as the same cell.
 */

/** Where the functions leave what they found: an object a cell would cost more than the parsing. */
export const found: { days: number; second: number; nanos: number; digits: 0 | 3 | 6 | 9; isInstant: boolean } = {
  days: 0,
  second: 0,
  nanos: 0,
  digits: 0,
  isInstant: false,
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Whether the bytes are a date `2024-02-29`; its days since 1970 are in `found`. */
export function readDate(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 10 && readDay(bytes, start)
}

/** Whether the bytes are a timestamp `2024-02-29T12:34:56`, with 3, 6 or 9 digits more, or `Z`; it is in `found`. */
export function readTimestamp(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 19 || bytes[start + 10] !== 0x54 || !readDay(bytes, start)) return false
  found.isInstant = bytes[end - 1] === 0x5a
  return readClock(bytes, start + 11, found.isInstant ? end - 1 : end)
}

/** Whether the bytes are a time of day `12:34:56`, with 3, 6 or 9 digits more; its second and nanoseconds are in `found`. */
export function readTime(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 8 && readClock(bytes, start, end)
}

function readClock(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start + 2] !== 0x3a || bytes[start + 5] !== 0x3a) return false
  const hour = digits(bytes, start, 2)
  const minute = digits(bytes, start + 3, 2)
  const second = digits(bytes, start + 6, 2)
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false
  const fraction = end - start - 9
  found.second = hour * 3600 + minute * 60 + second
  found.digits = 0
  found.nanos = 0
  if (fraction === -1) return true
  if (bytes[start + 8] !== 0x2e || (fraction !== 3 && fraction !== 6 && fraction !== 9)) return false
  const value = digits(bytes, start + 9, fraction)
  if (value < 0 || value % 1000 === 0) return false
  found.digits = fraction
  found.nanos = value * 10 ** (9 - fraction)
  return true
}

function readDay(bytes: Uint8Array, start: number): boolean {
  if (bytes[start + 4] !== 0x2d || bytes[start + 7] !== 0x2d) return false
  const year = digits(bytes, start, 4)
  const month = digits(bytes, start + 5, 2)
  const day = digits(bytes, start + 8, 2)
  if (year < 0 || month < 1 || month > 12 || day < 1) return false
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  if (day > MONTH_DAYS[month - 1]! + (month === 2 && isLeap ? 1 : 0)) return false
  // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": days_from_civil.
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  found.days =
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  return true
}

/** The number that `count` digits write; -1 where one of them is none. */
function digits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0
  for (let at = start; at < start + count; at++) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}
