import type { ChunkPages, Leaf, Page, Physical } from './pages.ts'

const NO_PAGE: Page = { entries: 0, definitions: undefined, repetitions: undefined, values: [], isIndexed: false }

/** Goes through the entries of a column, one by one, and makes something of their values. */
export class LeafCursor<T> {
  /** The levels of the entry that it is at; a repetition of 0 begins a row, as does the end. */
  definition = 0
  repetition = 0
  readonly #pages: ChunkPages
  readonly #greatest: number
  readonly #convert: (value: Physical) => T
  /** Of the dictionary's values, what they became: each is converted once, however many entries have it. */
  #converted: T[] = []
  #page = NO_PAGE
  #entry = -1
  #value = 0

  constructor(pages: ChunkPages, leaf: Leaf, convert: (value: Physical) => T) {
    this.#pages = pages
    this.#greatest = leaf.definition
    this.#convert = convert
    this.next()
    if (this.repetition !== 0) throw new Error(`the column ${pages.name} begins within a row`)
  }

  /** What the entry has; null if it has no value. Goes on to the next entry. */
  take(): T | null {
    this.#requireEntry()
    const value = this.definition === this.#greatest ? this.#valueOf(this.#page.values.at(this.#value++)) : null
    this.next()
    return value
  }

  next(): void {
    this.#entry++
    if (this.#entry >= this.#page.entries) this.#turn()
    const { definitions, repetitions } = this.#page
    this.definition = definitions ? definitions[this.#entry]! : this.#greatest
    this.repetition = repetitions ? repetitions[this.#entry]! : 0
  }

  /** Fills the cells of a column without lists: every `step`-th place of `cells` from `place` on, `count` of them. */
  fill(cells: (T | null)[], place: number, step: number, count: number): void {
    for (let to = place, left = count; left > 0;) {
      this.#requireEntry()
      const { entries, definitions, values } = this.#page
      const end = Math.min(entries, this.#entry + left)
      left -= end - this.#entry
      for (let entry = this.#entry; entry < end; entry++, to += step)
        cells[to] =
          definitions && definitions[entry] !== this.#greatest ? null : this.#valueOf(values.at(this.#value++))
      this.#entry = end - 1
      this.next()
    }
  }

  #requireEntry(): void {
    if (this.#page === NO_PAGE)
      throw new Error(`the column ${this.#pages.name} has fewer values than its row group has rows`)
  }

  #turn(): void {
    const before = this.#pages.dictionary
    this.#page = this.#pages.next() ?? NO_PAGE
    this.#entry = 0
    this.#value = 0
    if (this.#pages.dictionary !== before) this.#converted = []
  }

  #valueOf(value: unknown): T {
    if (!this.#page.isIndexed) return this.#convert(value as Physical)
    const place = value as number
    const known = this.#converted[place]
    if (known !== undefined) return known
    const { dictionary, name } = this.#pages
    if (!dictionary || !(place >= 0 && place < dictionary.length))
      throw new Error(`a cell of the column ${name} is not in its dictionary`)
    const converted = this.#convert(dictionary.at(place) as Physical)
    if (dictionary.length <= this.#pages.open.kept) this.#converted[place] = converted
    return converted
  }
}
