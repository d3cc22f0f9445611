/*
 * The text that a typed value has as a cell (docs/formats.md): what CSV would have of it. One value has one text, so
 * that the same table is the same from every format.
 */

const DAY_SECONDS = 86_400

/** `2024-02-29`; years beyond 0 to 9999 with a sign and six digits, as ECMA-262 has them. */
export function dateText(days: number): string {
  // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": civil_from_days.
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${yearText(year)}-${two(month)}-${two(day)}`
}

/**
 * `2024-02-29T12:34:56`, with 3, 6 or 9 more digits where they are not all zero, and `Z` where it is an instant.
 * @param value since 1970, in parts of a second
 * @param parts of a second: 1, 1e3, 1e6 or 1e9
 */
export function timestampText(value: bigint, parts: bigint, isInstant: boolean): string {
  let second: number
  let rest: number
  const small = Number(value)
  if (Number.isSafeInteger(small)) {
    const each = Number(parts)
    second = Math.floor(small / each)
    rest = small - second * each
  } else {
    const floor = (value - (((value % parts) + parts) % parts)) / parts
    second = Number(floor)
    rest = Number(value - floor * parts)
  }
  const day = Math.floor(second / DAY_SECONDS)
  if (day !== cachedDay) {
    cachedDate = dateText(day)
    cachedDay = day
  }
  return `${cachedDate}T${clockText(second - day * DAY_SECONDS, rest, parts)}${isInstant ? 'Z' : ''}`
}

/** Timestamps mostly lie in order: the day's text is that of the one before. */
let cachedDay = 0
let cachedDate = '1970-01-01'

/** `12:34:56`, with 3, 6 or 9 more digits where they are not all zero. */
export function timeText(value: bigint, parts: bigint): string {
  return clockText(Number(value / parts), Number(value % parts), parts)
}

function clockText(second: number, rest: number, parts: bigint): string {
  const minute = Math.floor(second / 60)
  const hour = Math.floor(minute / 60)
  const clock = `${two(hour)}:${two(minute - hour * 60)}:${two(second - minute * 60)}`
  if (rest === 0) return clock
  const digits = String(rest).padStart(String(parts).length - 1, '0')
  return `${clock}.${digits.replace(/(000)+$/, '')}`
}

/** All digits behind the point: `-0.50` for -50 and the scale 2. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale <= 0) return (unscaled * 10n ** BigInt(-scale)).toString()
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** The shortest text that reads back as the same double; whole numbers without a point. */
export function realText(value: number): string {
  return String(value)
}

/** The shortest text that reads back as the same float of 32 bits. */
export function floatText(value: number): string {
  return shortest(value, Math.fround, Math.abs(value) < 2 ** -126 ? 1 : 6)
}

/** The shortest text that reads back as the same float of 16 bits. */
export function halfText(value: number): string {
  return shortest(value, halfOf, 1)
}

/**
 * @param rounded to the numbers that the type has
 * @param digits of which a text has at least as many, but for zeros at its end
 */
function shortest(value: number, rounded: (value: number) => number, digits: number): string {
  if (Number.isFinite(value))
    for (let count = digits; count < 17; count++) {
      const short = Number(value.toPrecision(count))
      if (rounded(short) === value) return String(short)
      // Numbers lie closer below a power of two, so that the one above may be the only one that is near enough.
      const step = 10 ** (Math.floor(Math.log10(Math.abs(short))) - count + 1)
      const next = Number((short + Math.sign(value) * step).toPrecision(count))
      if (rounded(next) === value) return String(next)
    }
  return String(value)
}

/** The number of 16 bits that is nearest: 11 binary digits (T. J. Dekker's splitting), fewer below 2^-14. */
function halfOf(value: number): number {
  if (Math.abs(value) < 2 ** -14) return Math.round(value * 2 ** 24) / 2 ** 24
  const product = value * (2 ** 42 + 1)
  return product - (product - value)
}

/** With its hyphens. */
export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** A map's key, given as JSON, as the name of a member: what is no text is put into quotes. */
export function memberName(json: string): string {
  return json.startsWith('"') ? json : JSON.stringify(json)
}

/** A two's complement number, its highest byte first. */
export function bigEndian(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
}

function yearText(year: number): string {
  if (year >= 0 && year <= 9999) return String(year).padStart(4, '0')
  return `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}
