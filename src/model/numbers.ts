/*
 * Which text is stored as a number: only that which the engine's number gives back byte for byte
 * (promise 5). Integers: 64 bits, no leading zero, no "-0". Reals: as JavaScript writes them, which is the
 * shortest text that reads back as the same double (ECMA-262, Number::toString). Decimals of a pinned
 * scale: exactly that many digits after the point, 15 digits in all (a double holds any 15).
 */

/**
 * Instead of a scale: a column of reals. It takes a whole number beyond 64 bits, such as 1e20, which elsewhere is text: of a
 * column of identifiers with 20 digits, the few that end in zeros are not to be something else than the rest.
 */
export const REALS = -2

/** What a cell is, beside its value in `result`. */
export const TEXT = 0
export const INTEGER = 1
export const BIG_INTEGER = 2
export const REAL = 3
export type NumberKind = typeof TEXT | typeof INTEGER | typeof BIG_INTEGER | typeof REAL

/** Where `readNumber` leaves the value: a module's variable, since an object a cell would cost more than the parsing. */
export const result: { value: number; big: bigint } = { value: 0, big: 0n }

const MIN_INTEGER = -(2n ** 63n)
const MAX_INTEGER = 2n ** 63n - 1n
const POWERS = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent)

/**
 * Tells whether the text in `bytes` from `start` to `end` is a number that gives the same text back.
 * @param scale digits after the point of a decimal column; `REALS`; -1 for other columns
 * @returns the kind; the value is in `result`
 */
export function readNumber(bytes: Uint8Array, start: number, end: number, scale: number): NumberKind {
  const negative = bytes[start] === 45
  const first = negative ? start + 1 : start
  const length = end - first
  if (length === 0 || length > 330) return TEXT
  let mantissa = 0
  let point = -1
  for (let at = first; at < end; at++) {
    const digit = bytes[at]! - 48
    if (digit >= 0 && digit <= 9) mantissa = mantissa * 10 + digit
    else if (digit === -2 && point === -1) point = at
    else return isExponent(bytes[at]!) && at > first && scale < 0 ? spelledReal(bytes, start, end) : TEXT
  }
  const whole = (point === -1 ? end : point) - first
  if (whole === 0 || (whole > 1 && bytes[first] === 48)) return TEXT
  if (scale >= 0) return decimal(mantissa, length, end - point - 1, point, negative, scale)
  if (point === -1) return integer(bytes, start, end, mantissa, negative, length, scale)
  const decimals = end - point - 1
  if (decimals === 0 || bytes[end - 1] === 48) return TEXT
  if (length > 16 || (whole === 1 && bytes[first] === 48 && decimals > 5)) return spelledReal(bytes, start, end)
  result.value = (negative ? -mantissa : mantissa) / POWERS[decimals]!
  return REAL
}

function integer(
  bytes: Uint8Array,
  start: number,
  end: number,
  value: number,
  negative: boolean,
  length: number,
  scale: number,
): NumberKind {
  if (length <= 15) {
    if (negative && value === 0) return TEXT
    result.value = negative ? -value : value
    return INTEGER
  }
  if (length > 19) return scale === REALS ? wideReal(bytes, start, end) : TEXT
  const big = BigInt(latin1(bytes, start, end))
  if (big < MIN_INTEGER || big > MAX_INTEGER) return scale === REALS ? wideReal(bytes, start, end) : TEXT
  result.big = big
  return BIG_INTEGER
}

function decimal(
  mantissa: number,
  length: number,
  decimals: number,
  point: number,
  negative: boolean,
  scale: number,
): NumberKind {
  // A scale of 0 is written without a point.
  const isSpelledSo = scale === 0 ? point === -1 : point !== -1 && decimals === scale
  if (!isSpelledSo || length > (scale === 0 ? 15 : 16) || (negative && mantissa === 0)) return TEXT
  const value = (negative ? -mantissa : mantissa) / POWERS[scale]!
  result.value = value
  return Number.isInteger(value) ? INTEGER : REAL
}

/** The slow way, for many digits and exponents: JavaScript's own text decides. */
function spelledReal(bytes: Uint8Array, start: number, end: number): NumberKind {
  const text = latin1(bytes, start, end)
  const value = Number(text)
  if (!Number.isFinite(value) || String(value) !== text || !/[.e]/.test(text)) return TEXT
  result.value = value
  return REAL
}

/** A whole number beyond 64 bits. (The real -2^63 would be the same as the integer, whose text is another.) */
function wideReal(bytes: Uint8Array, start: number, end: number): NumberKind {
  const text = latin1(bytes, start, end)
  const value = Number(text)
  if (String(value) !== text || value === Number(MIN_INTEGER)) return TEXT
  result.value = value
  return REAL
}

function isExponent(byte: number): boolean {
  return byte === 101
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!)
  return text
}

/** Whether a text is a real that is no number: `NaN`, `Infinity`, `-Infinity`. Its value is left in `result`. */
export function isSpecialReal(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start
  if (length !== 3 && length !== 8 && length !== 9) return false
  const text = latin1(bytes, start, end)
  if (text !== 'NaN' && text !== 'Infinity' && text !== '-Infinity') return false
  result.value = Number(text)
  return true
}

/** The scale that a decimal's text shows: its digits after the point; -1 if it is no such number. */
export function scaleOf(text: string): number {
  const match = /^-?(?:0|[1-9]\d*)\.(\d+)$/.exec(text)
  return match === null || text.replace('-', '').length > 16 ? -1 : match[1]!.length
}

/**
 * The number that a text is, by the same rule; undefined if it is none.
 * @param scale digits after the point of a decimal column; `REALS`; -1 for other columns
 */
export function numberOf(text: string, scale: number): number | bigint | undefined {
  const first = text.charCodeAt(text.charCodeAt(0) === 45 ? 1 : 0) - 48
  if (!(first >= 0 && first <= 9) || text.length > 340) return undefined
  const kind = readNumber(Buffer.from(text, 'utf8'), 0, Buffer.byteLength(text), scale)
  if (kind === TEXT) return undefined
  if (kind !== BIG_INTEGER) return result.value
  const { big } = result
  return big >= Number.MIN_SAFE_INTEGER && big <= Number.MAX_SAFE_INTEGER ? Number(big) : big
}
