import { DoltflowError } from '../../errors.ts'
import { bytesText } from '../../model/cells.ts'

/*
 * What a tool found, as plain JSON that fits a model's window. Nothing goes without a word: what is left out or cut is
 * told in the answer.
 */

/** How many bytes an answer has at most. */
const MOST = 100_000
/** What a list of rows may take of it. */
const ROOM = 80_000
/** So many of the lists that lost members are told. */
const TOLD = 20

/** How long a text may be, and how many members a list or an object may have. */
interface Bounds {
  text: number
  members: number
}

/** The first that makes an answer fit. */
const BOUNDS: readonly [Bounds, ...Bounds[]] = [
  { text: 2000, members: 1000 },
  { text: 500, members: 200 },
  { text: 120, members: 50 },
  { text: 40, members: 10 },
  { text: 20, members: 3 },
]

/** What every answer says of itself. */
interface AnswerNotes {
  /** Whether there is more than is told. */
  truncated: boolean
  /** Which lists lost members. */
  leftOut?: { in: string; shown: number; of: number }[]
  /** How many texts were cut; each is `{ $cut, characters }` or `{ $cut, bytes }`. */
  cut?: number
}

/**
 * A document of plain JSON. `truncated` stays true if the tool says so itself.
 * @throws {DoltflowError} QUERY_LIMIT if it can't be made to fit
 */
export function answerOf(found: object): Record<string, unknown> {
  for (const bounds of BOUNDS) {
    const shortener = new Shortener(bounds)
    const document = shortener.plain(found, '') as Record<string, unknown>
    const answer = { ...document, ...shortener.notes(document['truncated'] === true) }
    if (Buffer.byteLength(JSON.stringify(answer)) <= MOST) return answer
  }
  throw new DoltflowError('QUERY_LIMIT', `The answer has more than ${MOST / 1000} KB, even cut. Ask for less.`, {
    data: { bytes: MOST },
  })
}

/** The first of what comes one by one: as many as are asked for, and as fit an answer. */
export async function firstOf<T>(
  source: AsyncIterable<T> | Iterable<T>,
  limit: number,
): Promise<{ found: T[]; truncated: boolean }> {
  const found: T[] = []
  const shortener = new Shortener(BOUNDS[0])
  let room = ROOM
  for await (const one of source) {
    room -= Buffer.byteLength(JSON.stringify(shortener.plain(one, '')))
    if (found.length === limit || (room < 0 && found.length > 0)) return { found, truncated: true }
    found.push(one)
  }
  return { found, truncated: false }
}

class Shortener {
  readonly #bounds: Bounds
  readonly #leftOut: { in: string; shown: number; of: number }[] = []
  #lost = 0
  #cut = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  notes(truncated: boolean): AnswerNotes {
    return {
      truncated: truncated || this.#lost > 0,
      ...(this.#lost === 0 ? {} : { leftOut: this.#leftOut }),
      ...(this.#cut === 0 ? {} : { cut: this.#cut }),
    }
  }

  /** @param path where the value stands: `tables.0.columns` */
  plain(value: unknown, path: string): unknown {
    if (typeof value === 'string') return this.#text(value)
    if (typeof value === 'bigint')
      return Number.isSafeInteger(Number(value)) ? Number(value) : { $integer: value.toString() }
    if (typeof value === 'number') return Number.isFinite(value) ? value : { $real: String(value) }
    if (value === null || typeof value !== 'object') return value
    if (value instanceof Uint8Array) return this.#bytes(value)
    if (Array.isArray(value))
      return this.#first(value, path).map((member, at) => this.plain(member ?? null, joined(path, at)))
    const entries = Object.entries(value).filter(([, member]) => member !== undefined && typeof member !== 'function')
    return Object.fromEntries(
      this.#first(entries, path).map(([name, member]) => [name, this.plain(member, joined(path, name))]),
    )
  }

  #first<T>(members: readonly T[], path: string): readonly T[] {
    const { members: most } = this.#bounds
    if (members.length <= most) return members
    this.#lost++
    if (this.#leftOut.length < TOLD) this.#leftOut.push({ in: path, shown: most, of: members.length })
    return members.slice(0, most)
  }

  #text(text: string): unknown {
    const { text: most } = this.#bounds
    // Half a pair of surrogates is no text.
    if (text.length <= most) return text.toWellFormed()
    this.#cut++
    return { $cut: text.slice(0, most).toWellFormed(), characters: text.length }
  }

  #bytes(bytes: Uint8Array): unknown {
    const { text: most } = this.#bounds
    if (bytes.length <= most) return { $bytes: bytesText(bytes) }
    this.#cut++
    return { $cut: bytesText(bytes.subarray(0, most)), bytes: bytes.length }
  }
}

function joined(path: string, name: string | number): string {
  return path === '' ? String(name) : `${path}.${name}`
}
