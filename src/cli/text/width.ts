/*
 * How wide text is in a terminal. A character that people see as one is a grapheme (UAX #29); it takes two columns
 * where Unicode says Wide or Fullwidth (UAX #11), or if it is shown as an emoji; none if it only marks.
 */

// From Unicode's EastAsianWidth.txt (W and F), gaps of unassigned characters closed; emoji have their own property.
const WIDE =
  /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u3247\u3250-\u4dbf\u4e00-\ua4c6\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2fb}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u
const EMOJI = /^(\p{Emoji_Presentation}|\p{Regional_Indicator}{2}|.\ufe0f)/su
const NOTHING = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u
const PLAIN = /^[\x20-\x7e]*$/

/** Made for the first text that needs it: that takes as long as a small command. */
let segmenter: Intl.Segmenter | undefined

function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  for (const { segment } of segmenter.segment(text)) yield segment
}

/** The columns that a text takes; it has no control characters (see `visible`). */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const grapheme of graphemes(text)) width += graphemeWidth(grapheme)
  return width
}

/** A text cut to a number of columns, with … at its end where something was cut. */
export function cut(text: string, columns: number): string {
  // A cell may hold megabytes; no more than this can be seen.
  const enough = text.length > columns * 20 ? text.slice(0, columns * 20) : text
  if (enough === text && widthOf(text) <= columns) return text
  let width = 0
  let kept = ''
  for (const grapheme of graphemes(enough)) {
    width += graphemeWidth(grapheme)
    if (width > columns - 1) break
    kept += grapheme
  }
  return `${kept}…`
}

/** A text filled with spaces to a number of columns. */
export function pad(text: string, columns: number, right = false): string {
  const space = ' '.repeat(Math.max(0, columns - widthOf(text)))
  return right ? space + text : text + space
}

/** A text folded at its spaces into lines of up to so many columns. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** A text whose control characters, which would move the cursor or reverse the line, are spelled out. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu,
    (character) => NAMED[character] ?? escaped(character.codePointAt(0)!),
  )
}

function escaped(code: number): string {
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

function graphemeWidth(grapheme: string): number {
  if (EMOJI.test(grapheme) || WIDE.test(grapheme)) return 2
  return NOTHING.test(grapheme) ? 0 : 1
}
